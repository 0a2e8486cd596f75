//! Looking things up, over any connection.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::{catalog, deliveries, runs};
use crate::catalog::{Schedule, TemplateVersion};
use crate::codec::record;
use crate::column::{count, int, number, time};
use crate::delivery::Delivery;
use crate::error::StoreError;
use crate::lease::Token;
use crate::ledger::{Done, Lookup};
use crate::query::{Cursor, Filter, Page};
use crate::record::{ContentHash, RunId, RunView};

const VIEW: &str = "SELECT number, record, phase, verdict, token FROM runs";

struct Stored {
    number: i64,
    record: Vec<u8>,
    phase: String,
    verdict: Option<Vec<u8>>,
    token: Option<i64>,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        number: row.get(0)?,
        record: row.get(1)?,
        phase: row.get(2)?,
        verdict: row.get(3)?,
        token: row.get(4)?,
    })
}

fn view(connection: &Connection, stored: &Stored) -> Done<RunView> {
    let record = runs::read(&stored.record)?;
    let unreadable =
        |error| StoreError::unreadable(format!("how run {} came out", record.id), error);
    let verdict = stored.verdict.as_deref().map(record::verdict).transpose().map_err(unreadable)?;
    let mut statement =
        connection.prepare_cached("SELECT bytes FROM overrides WHERE run = ?1 ORDER BY id")?;
    let overrides = statement.query_map([stored.number], |row| row.get::<_, Vec<u8>>(0))?;
    let overrides = overrides
        .map(|bytes| record::overridden(&bytes?).map_err(unreadable))
        .collect::<Done<_>>()?;
    Ok(RunView {
        phase: record::phase(&stored.phase).map_err(unreadable)?,
        verdict: verdict.map(|it| (it, Token(number(stored.token.unwrap_or_default())))),
        overrides,
        record,
    })
}

/// The conditions of a filter as SQL, and their values.
fn conditions(filter: &Filter, after: Option<Cursor>) -> (String, Vec<Value>) {
    let Filter { tenant, phase, decision, template, rollout, since } = filter;
    let text = |text: &str| Value::Text(text.to_owned());
    let (namespace, name) = match rollout {
        Some((namespace, name)) => (Some(namespace), Some(name)),
        None => (None, None),
    };
    let all = [
        ("number <", after.map(|cursor| Value::Integer(int(cursor.0)))),
        ("tenant =", tenant.as_deref().map(text)),
        ("phase =", phase.map(|phase| text(phase.as_str()))),
        ("decision =", decision.map(|decision| text(decision.as_str()))),
        ("template =", template.as_deref().map(text)),
        ("rollout =", name.map(|name| text(name))),
        ("namespace =", namespace.map(|namespace| text(namespace))),
        ("created_at >=", since.map(|since| Value::Integer(time(since)))),
    ];
    let mut sql = String::new();
    let mut values = Vec::new();
    for (condition, value) in all {
        if let Some(value) = value {
            let link = if sql.is_empty() { "WHERE" } else { "AND" };
            sql.push_str(&format!(" {link} {condition} ?"));
            values.push(value);
        }
    }
    (sql, values)
}

impl Lookup for Connection {
    fn run(&self, run: RunId) -> Done<Option<RunView>> {
        let mut statement = self.prepare_cached(&format!("{VIEW} WHERE id = ?1"))?;
        let mut found = statement.query_map([run.as_bytes()], stored)?;
        found.next().map(|found| view(self, &found?)).transpose()
    }

    fn list(&self, filter: &Filter, after: Option<Cursor>, limit: usize) -> Done<Page> {
        let (conditions, mut values) = conditions(filter, after);
        // One more than asked for tells whether there is a next page.
        values.push(Value::Integer(count(limit.saturating_add(1))));
        let sql = format!("{VIEW}{conditions} ORDER BY number DESC LIMIT ?");
        let mut statement = self.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), stored)?;
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        let more = limit < rows.len();
        rows.truncate(limit);
        let last = rows.last().map(|row| Cursor(number(row.number)));
        let runs = rows.iter().map(|row| view(self, row)).collect::<Done<_>>()?;
        Ok(Page { runs, next: last.filter(|_| more) })
    }

    fn deliveries(&self, run: RunId) -> Done<Vec<Delivery>> {
        deliveries::of_run(self, run)
    }

    fn dead(&self, tenant: Option<&str>, limit: usize) -> Done<Vec<Delivery>> {
        deliveries::dead(self, tenant, limit)
    }

    fn template(
        &self,
        tenant: &str,
        name: &str,
        version: Option<u32>,
    ) -> Done<Option<TemplateVersion>> {
        catalog::template(self, (tenant, name), version)
    }

    fn templates(&self, tenant: &str) -> Done<Vec<TemplateVersion>> {
        catalog::templates(self, tenant)
    }

    fn text(&self, hash: ContentHash) -> Done<Option<String>> {
        catalog::text(self, hash)
    }

    fn schedules(&self) -> Done<Vec<Schedule>> {
        catalog::schedules(self)
    }
}
