//! Connections: made when needed, used by one operation at a time, kept while they work.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit, mpsc};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::error::StoreError;
use crate::ledger::Done;

/// Connections at a time: Postgres commits what comes over several of them together.
const CONNECTIONS_MAX: usize = 8;
/// A database that does not answer for this long is gone.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// What was sent and is not acknowledged for this long is lost.
const SILENCE_TIME_MAX: Duration = Duration::from_secs(15);

/// What is set on every connection.
const SETTINGS: &str = "SET search_path TO assay;
    SET statement_timeout TO '30s';
    SET lock_timeout TO '10s';
    SET idle_in_transaction_session_timeout TO '30s';";

/// The connections of one store.
pub(super) struct Pool {
    config: Config,
    permits: Semaphore,
    idle: Mutex<mpsc::UnboundedReceiver<Connection>>,
    back: mpsc::UnboundedSender<Connection>,
}

/// One connection, with the statements it has prepared.
pub(super) struct Connection {
    client: Client,
    statements: BTreeMap<String, Statement>,
}

/// A connection in a transaction. Dropped without an end, it is closed, which undoes everything.
pub(super) struct Transaction<'a> {
    connection: Connection,
    back: &'a mpsc::UnboundedSender<Connection>,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    pub(super) fn new(mut config: Config) -> Self {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIME_MAX);
        }
        config.tcp_user_timeout(SILENCE_TIME_MAX);
        let (back, idle) = mpsc::unbounded_channel();
        let permits = Semaphore::new(CONNECTIONS_MAX);
        Self { config, permits, idle: Mutex::new(idle), back }
    }

    /// Host and database, for people.
    pub(super) fn place(&self) -> String {
        let host = self.config.get_hosts().first().map(|host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        });
        let database = self.config.get_dbname().unwrap_or_default();
        format!("the Postgres database {database:?} on {}", host.unwrap_or_default())
    }

    /// A connection in a new transaction.
    pub(super) async fn begin(&self) -> Done<Transaction<'_>> {
        let permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
        loop {
            let idle = self.idle.lock().await.try_recv().ok();
            let fresh = idle.is_none();
            let connection = match idle {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            match connection.client.batch_execute("BEGIN").await {
                Ok(()) => {
                    return Ok(Transaction { connection, back: &self.back, _permit: permit });
                }
                // A connection that broke while nobody used it says nothing about the database.
                Err(_) if !fresh => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn connect(&self) -> Done<Connection> {
        let (client, connection) = self.config.connect(NoTls).await?;
        // It ends with its client; what goes wrong on it, the client's callers are told.
        drop(tokio::spawn(connection));
        client.batch_execute(SETTINGS).await?;
        Ok(Connection { client, statements: BTreeMap::new() })
    }
}

/// Values for the places of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Transaction<'_> {
    async fn statement(&mut self, sql: &str) -> Done<Statement> {
        if let Some(statement) = self.connection.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.connection.client.prepare(sql).await?;
        self.connection.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) async fn rows(&mut self, sql: &str, values: Values<'_>) -> Done<Vec<Row>> {
        let statement = self.statement(sql).await?;
        Ok(self.connection.client.query(&statement, values).await?)
    }

    pub(super) async fn row(&mut self, sql: &str, values: Values<'_>) -> Done<Option<Row>> {
        let statement = self.statement(sql).await?;
        Ok(self.connection.client.query_opt(&statement, values).await?)
    }

    /// Answers how many rows it was about.
    pub(super) async fn execute(&mut self, sql: &str, values: Values<'_>) -> Done<u64> {
        let statement = self.statement(sql).await?;
        Ok(self.connection.client.execute(&statement, values).await?)
    }

    /// Runs statements without values.
    pub(super) async fn script(&mut self, sql: &str) -> Done<()> {
        Ok(self.connection.client.batch_execute(sql).await?)
    }

    /// Commits what was done, or undoes it if it was refused, and gives the connection back.
    pub(super) async fn end<T>(self, done: Done<T>) -> Done<T> {
        let last = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.connection.client.batch_execute(last).await;
        match (ended, done) {
            (Ok(()), done) => {
                // Without a pool it is closed.
                drop(self.back.send(self.connection));
                done
            }
            (Err(error), Ok(_)) => Err(error.into()),
            (Err(_), Err(refused)) => Err(refused),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let code = error.code().cloned();
        let source = std::sync::Arc::new(error);
        match code {
            Some(code) if code == SqlState::DISK_FULL => Self::Full { source },
            Some(code) if code == SqlState::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly { source },
            Some(_) | None => Self::Failed { source },
        }
    }
}
