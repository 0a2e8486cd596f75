//! Runs as they stand, and lists of them.

use assay_run::state::Phase;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::pool::Transaction;
use crate::codec::record;
use crate::column::{count, int, number, time};
use crate::error::StoreError;
use crate::lease::Token;
use crate::ledger::Done;
use crate::query::{Cursor, Filter, Page};
use crate::record::{RunId, RunView};

/// A run without a row in `progress` has a verdict.
const VIEW: &str = "SELECT r.number, r.record, coalesce(r.phase,
                        CASE WHEN p.next = 0 THEN 'Pending' ELSE 'Running' END), r.verdict, r.token
                    FROM runs AS r LEFT JOIN progress AS p ON p.run = r.number";

async fn view(transaction: &mut Transaction<'_>, row: &Row) -> Done<RunView> {
    let record = super::runs::read(row.try_get(1)?)?;
    let unreadable =
        |error| StoreError::unreadable(format!("how run {} came out", record.id), error);
    let verdict: Option<&[u8]> = row.try_get(3)?;
    let verdict = verdict.map(record::verdict).transpose().map_err(unreadable)?;
    let token: Option<i64> = row.try_get(4)?;
    let stored: i64 = row.try_get(0)?;
    let overrides = "SELECT bytes FROM overrides WHERE run = $1 ORDER BY id";
    let overrides = transaction.rows(overrides, &[&stored]).await?;
    let overrides = overrides
        .iter()
        .map(|row| record::overridden(row.try_get(0)?).map_err(unreadable))
        .collect::<Done<_>>()?;
    Ok(RunView {
        phase: record::phase(row.try_get(2)?).map_err(unreadable)?,
        verdict: verdict.map(|it| (it, Token(number(token.unwrap_or_default())))),
        overrides,
        record,
    })
}

pub(super) async fn run(transaction: &mut Transaction<'_>, run: RunId) -> Done<Option<RunView>> {
    let sql = format!("{VIEW} WHERE r.id = $1");
    match transaction.row(&sql, &[&run.as_bytes().as_slice()]).await? {
        Some(row) => view(transaction, &row).await.map(Some),
        None => Ok(None),
    }
}

type Value = Box<dyn ToSql + Sync + Send>;

/// The conditions of a filter as SQL, and their values.
fn conditions(filter: &Filter, after: Option<Cursor>) -> (String, Vec<Value>) {
    let Filter { tenant, phase, decision, template, rollout, since } = filter;
    let text = |text: &str| -> Value { Box::new(text.to_owned()) };
    let integer = |integer: i64| -> Value { Box::new(integer) };
    let (namespace, name) = match rollout {
        Some((namespace, name)) => (Some(namespace), Some(name)),
        None => (None, None),
    };
    let concluded = phase.filter(|phase| phase.is_concluded());
    let all = [
        ("r.number <", after.map(|cursor| integer(int(cursor.0)))),
        ("r.tenant =", tenant.as_deref().map(text)),
        ("r.phase =", concluded.map(|phase| text(phase.as_str()))),
        ("r.decision =", decision.map(|decision| text(decision.as_str()))),
        ("r.template =", template.as_deref().map(text)),
        ("r.rollout =", name.map(|name| text(name))),
        ("r.namespace =", namespace.map(|namespace| text(namespace))),
        ("r.created_at >=", since.map(|since| integer(time(since)))),
    ];
    let live = match phase {
        Some(Phase::Pending) => " AND p.next = 0",
        Some(Phase::Running) => " AND p.next > 0",
        Some(Phase::Successful | Phase::Failed | Phase::Inconclusive | Phase::Error) | None => "",
    };
    let mut sql = format!(" WHERE true{live}");
    let mut values = Vec::new();
    for (condition, value) in all {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        }
    }
    (sql, values)
}

pub(super) async fn list(
    transaction: &mut Transaction<'_>,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Done<Page> {
    let (conditions, mut values) = conditions(filter, after);
    // One more than asked for tells whether there is a next page.
    values.push(Box::new(count(limit.saturating_add(1))));
    let sql = format!("{VIEW}{conditions} ORDER BY r.number DESC LIMIT ${}", values.len());
    let values: Vec<&(dyn ToSql + Sync)> =
        values.iter().map(|value| -> &(dyn ToSql + Sync) { &**value }).collect();
    let mut rows = transaction.rows(&sql, &values).await?;
    let more = limit < rows.len();
    rows.truncate(limit);
    let mut runs = Vec::with_capacity(rows.len());
    let mut last = None;
    for row in &rows {
        last = Some(Cursor(number(row.try_get(0)?)));
        runs.push(view(transaction, row).await?);
    }
    Ok(Page { runs, next: last.filter(|_| more) })
}
