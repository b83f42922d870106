//! Owns bringing the schema of the database to this program's; refuses to know what the tables are for.

use tokio_postgres::Client;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Key of the advisory lock under which one daemon migrates at a time.
const LOCK: i64 = 0x7461_6e64_656d;

/// Why the schema is not up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database did not answer.
    #[error("the schema cannot be locked: {}", crate::database::sentence(.0))]
    Database(#[from] tokio_postgres::Error),
    /// A migration failed; nothing of it is kept.
    #[error("the schema cannot be migrated: {}", crate::database::sentence(.0))]
    Migration(#[from] Box<refinery::Error>),
}

/// Applies the migrations that `client`'s database does not have, and answers how many.
///
/// # Errors
/// [`MigrateError`].
pub async fn migrate(client: &mut Client) -> Result<usize, MigrateError> {
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
    let report = embedded::migrations::runner().run_async(client).await.map_err(Box::new);
    client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await?;
    Ok(report?.applied_migrations().len())
}
