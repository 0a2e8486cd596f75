//! Rows of texts, templates and schedules.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::catalog::{Schedule, TemplateVersion};
use crate::column::{time, timestamp};
use crate::error::StoreError;
use crate::ledger::Done;
use crate::record::ContentHash;

pub(super) fn put_text(connection: &Connection, hash: ContentHash, text: &str) -> Done<()> {
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO texts (hash, text) VALUES (?1, ?2)")?;
    statement.execute(params![hash.as_bytes(), text])?;
    Ok(())
}

/// Forgets the text unless something refers to it.
pub(super) fn sweep_text(connection: &Connection, hash: ContentHash) -> Done<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM texts WHERE hash = ?1
         AND NOT EXISTS (SELECT 1 FROM run_texts WHERE hash = ?1)
         AND NOT EXISTS (SELECT 1 FROM templates WHERE hash = ?1)",
    )?;
    statement.execute([hash.as_bytes()])?;
    Ok(())
}

pub(super) fn text(connection: &Connection, hash: ContentHash) -> Done<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT text FROM texts WHERE hash = ?1")?;
    let text: Option<String> =
        statement.query_row([hash.as_bytes()], |row| row.get(0)).optional()?;
    match text {
        // The name is the checksum.
        Some(text) if ContentHash::of(&text) != hash => Err(StoreError::unreadable(
            format!("the text {hash}"),
            crate::codec::bytes::Malformed::Checksum,
        )),
        text => Ok(text),
    }
}

const VERSION: &str = "SELECT tenant, name, version, hash, at FROM templates";

fn version(row: &Row<'_>) -> rusqlite::Result<TemplateVersion> {
    Ok(TemplateVersion {
        tenant: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        hash: ContentHash::from_bytes(row.get(3)?),
        at: timestamp(row.get(4)?),
    })
}

pub(super) fn put_template(
    connection: &Connection,
    (tenant, name): (&str, &str),
    text: &str,
    at: Timestamp,
) -> Done<TemplateVersion> {
    let hash = ContentHash::of(text);
    let newest = template(connection, (tenant, name), None)?;
    let next = newest.as_ref().map_or(1, |newest| newest.version.saturating_add(1));
    if let Some(newest) = newest.filter(|newest| newest.hash == hash) {
        return Ok(newest);
    }
    put_text(connection, hash, text)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO templates (tenant, name, version, hash, at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![tenant, name, next, hash.as_bytes(), time(at)])?;
    let (tenant, name) = (tenant.to_owned(), name.to_owned());
    Ok(TemplateVersion { tenant, name, version: next, hash, at })
}

pub(super) fn template(
    connection: &Connection,
    (tenant, name): (&str, &str),
    wanted: Option<u32>,
) -> Done<Option<TemplateVersion>> {
    let mut statement = connection.prepare_cached(&format!(
        "{VERSION} WHERE tenant = ?1 AND name = ?2 AND (?3 IS NULL OR version = ?3)
         ORDER BY version DESC LIMIT 1"
    ))?;
    Ok(statement.query_row(params![tenant, name, wanted], version).optional()?)
}

pub(super) fn templates(connection: &Connection, tenant: &str) -> Done<Vec<TemplateVersion>> {
    let mut statement = connection.prepare_cached(&format!(
        "{VERSION} AS newest WHERE tenant = ?1 AND version =
             (SELECT max(version) FROM templates
              WHERE tenant = newest.tenant AND name = newest.name)
         ORDER BY name"
    ))?;
    let found = statement.query_map([tenant], version)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn put_schedule(
    connection: &Connection,
    (tenant, name): (&str, &str),
    document: &str,
) -> Done<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO schedules (tenant, name, document) VALUES (?1, ?2, ?3)
         ON CONFLICT (tenant, name) DO UPDATE SET document = excluded.document",
    )?;
    Ok(statement.execute([tenant, name, document]).map(drop)?)
}

pub(super) fn fired(
    connection: &Connection,
    (tenant, name): (&str, &str),
    at: Timestamp,
) -> Done<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE schedules SET fired_at = max(coalesce(fired_at, ?3), ?3)
         WHERE tenant = ?1 AND name = ?2",
    )?;
    match statement.execute(params![tenant, name, time(at)])? {
        0 => Err(StoreError::no("schedule", name)),
        _ => Ok(()),
    }
}

pub(super) fn remove_schedule(connection: &Connection, (tenant, name): (&str, &str)) -> Done<bool> {
    let mut statement =
        connection.prepare_cached("DELETE FROM schedules WHERE tenant = ?1 AND name = ?2")?;
    Ok(0 < statement.execute([tenant, name])?)
}

pub(super) fn schedules(connection: &Connection) -> Done<Vec<Schedule>> {
    let mut statement = connection.prepare_cached(
        "SELECT tenant, name, document, fired_at FROM schedules ORDER BY tenant, name",
    )?;
    let found = statement.query_map([], |row| {
        let fired_at: Option<i64> = row.get(3)?;
        Ok(Schedule {
            tenant: row.get(0)?,
            name: row.get(1)?,
            document: row.get(2)?,
            fired_at: fired_at.map(timestamp),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
