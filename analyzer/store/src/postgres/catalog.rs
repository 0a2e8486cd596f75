//! Rows of texts, templates and schedules.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::pool::Transaction;
use crate::catalog::{Schedule, TemplateVersion};
use crate::codec::bytes::Malformed;
use crate::column::{number, time, timestamp};
use crate::error::StoreError;
use crate::ledger::Done;
use crate::record::ContentHash;

pub(super) async fn put_text(
    transaction: &mut Transaction<'_>,
    hash: ContentHash,
    text: &str,
) -> Done<()> {
    let sql = "INSERT INTO texts (hash, text) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    transaction.execute(sql, &[&hash.as_bytes().as_slice(), &text]).await.map(drop)
}

pub(super) async fn text(
    transaction: &mut Transaction<'_>,
    hash: ContentHash,
) -> Done<Option<String>> {
    let sql = "SELECT text FROM texts WHERE hash = $1";
    let Some(row) = transaction.row(sql, &[&hash.as_bytes().as_slice()]).await? else {
        return Ok(None);
    };
    let text: String = row.try_get(0)?;
    // The name is the checksum.
    if ContentHash::of(&text) != hash {
        return Err(StoreError::unreadable(format!("the text {hash}"), Malformed::Checksum));
    }
    Ok(Some(text))
}

fn version(row: &Row) -> Done<TemplateVersion> {
    let hash: &[u8] = row.try_get(3)?;
    let hash = hash.try_into().map_err(|_| {
        let why = Malformed::Document(String::from("a hash has 32 bytes"));
        StoreError::unreadable("a version of a template", why)
    })?;
    Ok(TemplateVersion {
        tenant: row.try_get(0)?,
        name: row.try_get(1)?,
        version: u32::try_from(row.try_get::<_, i64>(2)?).unwrap_or(u32::MAX),
        hash: ContentHash::from_bytes(hash),
        at: timestamp(row.try_get(4)?),
    })
}

pub(super) async fn put_template(
    transaction: &mut Transaction<'_>,
    (tenant, name): (&str, &str),
    text: &str,
    at: Timestamp,
) -> Done<TemplateVersion> {
    // One at a time gives a version of this name.
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 7))";
    transaction.rows(lock, &[&tenant, &name]).await?;
    let hash = ContentHash::of(text);
    let newest = template(transaction, (tenant, name), None).await?;
    let next = newest.as_ref().map_or(1, |newest| newest.version.saturating_add(1));
    if let Some(newest) = newest.filter(|newest| newest.hash == hash) {
        return Ok(newest);
    }
    put_text(transaction, hash, text).await?;
    let sql = "INSERT INTO templates (tenant, name, version, hash, at) VALUES ($1, $2, $3, $4, $5)";
    let bytes = hash.as_bytes().as_slice();
    transaction.execute(sql, &[&tenant, &name, &i64::from(next), &bytes, &time(at)]).await?;
    let (tenant, name) = (tenant.to_owned(), name.to_owned());
    Ok(TemplateVersion { tenant, name, version: next, hash, at })
}

pub(super) async fn template(
    transaction: &mut Transaction<'_>,
    (tenant, name): (&str, &str),
    wanted: Option<u32>,
) -> Done<Option<TemplateVersion>> {
    let sql = "SELECT tenant, name, version, hash, at FROM templates
               WHERE tenant = $1 AND name = $2 AND ($3::bigint IS NULL OR version = $3)
               ORDER BY version DESC LIMIT 1";
    let row = transaction.row(sql, &[&tenant, &name, &wanted.map(i64::from)]).await?;
    row.as_ref().map(version).transpose()
}

pub(super) async fn templates(
    transaction: &mut Transaction<'_>,
    tenant: &str,
) -> Done<Vec<TemplateVersion>> {
    let sql = "SELECT DISTINCT ON (name) tenant, name, version, hash, at FROM templates
               WHERE tenant = $1 ORDER BY name, version DESC";
    let mut found =
        transaction.rows(sql, &[&tenant]).await?.iter().map(version).collect::<Done<Vec<_>>>()?;
    // The database may have another opinion of the alphabet.
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

pub(super) async fn put_schedule(
    transaction: &mut Transaction<'_>,
    (tenant, name): (&str, &str),
    document: &str,
) -> Done<()> {
    let sql = "INSERT INTO schedules (tenant, name, document) VALUES ($1, $2, $3)
               ON CONFLICT (tenant, name) DO UPDATE SET document = excluded.document";
    transaction.execute(sql, &[&tenant, &name, &document]).await.map(drop)
}

pub(super) async fn fired(
    transaction: &mut Transaction<'_>,
    (tenant, name): (&str, &str),
    at: Timestamp,
) -> Done<()> {
    let sql = "UPDATE schedules SET fired_at = greatest(fired_at, $3)
               WHERE tenant = $1 AND name = $2";
    match transaction.execute(sql, &[&tenant, &name, &time(at)]).await? {
        0 => Err(StoreError::no("schedule", name)),
        _ => Ok(()),
    }
}

pub(super) async fn remove_schedule(
    transaction: &mut Transaction<'_>,
    (tenant, name): (&str, &str),
) -> Done<bool> {
    let sql = "DELETE FROM schedules WHERE tenant = $1 AND name = $2";
    Ok(0 < transaction.execute(sql, &[&tenant, &name]).await?)
}

pub(super) async fn schedules(transaction: &mut Transaction<'_>) -> Done<Vec<Schedule>> {
    let sql = "SELECT tenant, name, document, fired_at FROM schedules";
    let schedule = |row: &Row| -> Done<Schedule> {
        let fired_at: Option<i64> = row.try_get(3)?;
        Ok(Schedule {
            tenant: row.try_get(0)?,
            name: row.try_get(1)?,
            document: row.try_get(2)?,
            fired_at: fired_at.map(timestamp),
        })
    };
    let rows = transaction.rows(sql, &[]).await?;
    let mut found = rows.iter().map(schedule).collect::<Done<Vec<_>>>()?;
    found.sort_by(|one, other| (&one.tenant, &one.name).cmp(&(&other.tenant, &other.name)));
    Ok(found)
}

/// Writes something.
pub(super) async fn probe(transaction: &mut Transaction<'_>) -> Done<()> {
    let written = transaction.execute("UPDATE probe SET probes = probes + 1", &[]).await?;
    debug_assert_eq!(number(1), written, "the probe is one row");
    Ok(())
}
