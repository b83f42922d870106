//! What others do to the database: locks that are held, rows that are taken away, an older state that is restored.

use std::time::{Duration, Instant};

use controlplane::daemon::lift;
use controlplane::model::Kind;
use controlplane::publish::LinkState;
use controlplane::store::ChangeError;
use controlplane::sync::Pace;
use routing::entity::Plan;
use routing::stable_id;
use tokio::sync::watch;

use crate::site::{SMALL, Site, Told, author};

fn rename_carrier(plan: &mut Plan) -> Result<(), ChangeError> {
    plan.trunks[0].carrier.push('.');
    Ok(())
}

#[tokio::test]
async fn a_writer_that_never_ends_is_named_and_holds_up_nobody_else() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    let mut holder = site.connection().await;
    holder.batch_execute("SET application_name = 'psql'").await.unwrap();
    let transaction = holder.transaction().await.unwrap();
    transaction
        .execute("UPDATE trunks SET enabled = false WHERE name = 'atlas'", &[])
        .await
        .unwrap();
    // More writers than there are connections.
    let began = Instant::now();
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let store = site.store.clone();
            tokio::spawn(async move { store.change(&author(), "test", rename_carrier).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(site.number("SELECT 1::bigint").await, 1, "connections are left");
    assert!(began.elapsed() < Duration::from_secs(2));
    let mut named = 0;
    for writer in writers {
        let error = writer.await.unwrap().unwrap_err();
        let ChangeError::Locked { by, pid } = &error else { panic!("{error}") };
        if pid.is_some() {
            named += 1;
            assert!(
                by.starts_with("`psql` of tandem (pid ") && by.contains("idle in transaction"),
                "{by}"
            );
        }
    }
    assert!(named > 0);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    let switched = site.store.switch(&author(), Kind::Trunk, "borealis", false).await;
    assert!(matches!(switched, Err(ChangeError::Locked { .. })), "{switched:?}");
    transaction.rollback().await.unwrap();
    site.store.change(&author(), "test", rename_carrier).await.unwrap();
}

#[tokio::test]
async fn a_locked_table_keeps_nobody_from_reading_the_others() {
    let pace = Pace { version: Duration::from_millis(50), checksums: Duration::from_millis(50) };
    let site = Site::paced(pace).await;
    site.import(SMALL).await.unwrap();
    let mut holder = site.connection().await;
    let transaction = holder.transaction().await.unwrap();
    transaction.batch_execute("LOCK TABLE destinations").await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    site.sql("UPDATE trunks SET enabled = false").await.unwrap();
    site.until(|read| read.version == 3).await;
}

#[tokio::test]
async fn writers_in_any_order_never_wait_in_a_circle() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    let store = site.store.clone();
    let api = tokio::spawn(async move {
        for _ in 0..30 {
            store.change(&author(), "test", rename_carrier).await.unwrap();
        }
    });
    let connection = site.connection().await;
    for _ in 0..60 {
        let sql =
            "UPDATE trunks SET in_dialog = CASE in_dialog WHEN 'own' THEN 'any' ELSE 'own' END";
        connection.batch_execute(sql).await.unwrap();
    }
    api.await.unwrap();
    site.until(|read| read.version == 92).await;
}

#[tokio::test]
async fn rows_that_belong_to_nothing_are_told_once_and_not_read_for_ever() {
    let pace = Pace { checksums: Duration::from_millis(50), ..Pace::default() };
    let site = Site::paced(pace).await;
    site.import(SMALL).await.unwrap();
    site.sql(
        "SET session_replication_role = replica;
         INSERT INTO gateways (trunk_id, position, host) VALUES (4711, 1, '192.0.2.99');
         RESET session_replication_role",
    )
    .await
    .unwrap();
    site.until(|read| read.version == 3).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(site.number("SELECT version FROM config_version").await, 3);
    // Whatever is torn besides is still found.
    site.sql(
        "SET session_replication_role = replica; UPDATE gateways SET port = 5099;
         RESET session_replication_role",
    )
    .await
    .unwrap();
    let read = site.until(|read| read.version == 4).await;
    assert!(read.plan.trunks.iter().flat_map(|trunk| &trunk.gateways).all(|it| it.port == 5099));
}

#[tokio::test]
async fn a_list_of_changes_with_a_hole_is_not_believed() {
    let pace = Pace { version: Duration::from_millis(200), ..Pace::default() };
    let site = Site::paced(pace).await;
    site.import(SMALL).await.unwrap();
    let mut connection = site.connection().await;
    let transaction = connection.transaction().await.unwrap();
    transaction.execute("UPDATE trunks SET enabled = false", &[]).await.unwrap();
    transaction.execute("TRUNCATE changes", &[]).await.unwrap_err();
    drop(transaction);
    // The deferred check looks at the list, and keeps it until then.
    connection
        .batch_execute("UPDATE trunks SET enabled = false; DELETE FROM changes")
        .await
        .unwrap();
    let read = site.until(|read| read.version == 3).await;
    assert!(read.plan.trunks.iter().all(|trunk| !trunk.enabled));
}

#[tokio::test]
async fn an_older_state_that_is_restored_becomes_active_under_a_later_version() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    let link = watch::Sender::new(LinkState { published: Some(50), ..LinkState::default() });
    let (newest, receiver) = (site.store.newest().unwrap(), link.subscribe());
    assert_eq!(newest.version, 2);
    let lifting = tokio::spawn(lift::run(site.database.clone(), site.newest(), receiver));
    let read = site.until(|read| read.version == 51).await;
    assert_eq!(read.plan.trunks.len(), 2);
    // The data plane is still connected, and has meanwhile got more than it had when it came.
    link.send_modify(|state| state.published = Some(60));
    // What is told behind this is told for a later time.
    site.published(|state| state.published == Some(61)).await;
    // Each time with the list of changes that the lift before has left.
    for _ in 0..2 {
        let (before, fallback) =
            (site.outlet.told().len(), "UPDATE config_version SET version = 40");
        site.sql(&format!("{fallback}; NOTIFY tandem_changes")).await.unwrap();
        let is_told = || site.outlet.told()[before..].contains(&Told::Image(61));
        site.until(|read| read.version == 61 && is_told()).await;
    }
    lifting.abort();
}

#[tokio::test]
async fn a_lift_that_the_database_refused_is_tried_again() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    site.sql("ALTER TABLE config_version ADD CONSTRAINT low CHECK (version < 50)").await.unwrap();
    let link = watch::Sender::new(LinkState { published: Some(50), ..LinkState::default() });
    let receiver = link.subscribe();
    let lifting = tokio::spawn(lift::run(site.database.clone(), site.newest(), receiver));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(site.number("SELECT version FROM config_version").await, 2);
    site.sql("ALTER TABLE config_version DROP CONSTRAINT low").await.unwrap();
    site.until(|read| read.version == 51).await;
    lifting.abort();
}

#[tokio::test]
async fn a_dump_brings_no_transaction_back_and_the_version_stays() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    // As a restored row whose transaction has the number of one that is still to come.
    let change = "BEGIN; UPDATE config_version SET transaction = pg_current_xact_id();
                  UPDATE trunks SET enabled = false; COMMIT";
    site.sql(change).await.unwrap();
    site.until(|read| read.version == 3).await;
    for sql in ["DELETE FROM config_version", "TRUNCATE config_version"] {
        let error = site.sql(sql).await.unwrap_err();
        assert!(error.as_db_error().unwrap().message().contains("all changes count by"), "{sql}");
    }
}

#[tokio::test]
async fn what_a_truncate_took_away_stands_in_the_audit_log() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    site.sql("TRUNCATE originators CASCADE").await.unwrap();
    let rows = "SELECT jsonb_array_length(before)::bigint FROM audit_log
                WHERE action = 'truncate' AND version = 3 AND kind = ";
    assert_eq!(site.number(&format!("{rows} 'originators'")).await, 1);
    assert_eq!(site.number(&format!("{rows} 'originator_addresses'")).await, 1);
    site.until(|read| read.plan.originators.is_empty()).await;
}

#[tokio::test]
async fn an_image_that_could_not_be_handed_over_is_told_and_tried_again() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    site.published(|state| state.published == Some(2)).await;
    site.outlet.refuse(true);
    site.sql("UPDATE gateways SET port = 5070").await.unwrap();
    let state = site.published(|state| state.error.is_some()).await;
    assert_eq!(
        (state.version, state.published, state.error.as_deref()),
        (3, Some(2), Some("no memory"))
    );
    site.outlet.refuse(false);
    let state = site.published(|state| state.published == Some(3)).await;
    assert_eq!(state.error, None);
}

#[tokio::test]
async fn a_new_name_keeps_the_id_and_the_old_name_does_not_get_it_again() {
    let site = Site::start().await;
    site.import(SMALL).await.unwrap();
    let id = stable_id::narrow("atlas");
    site.sql("UPDATE trunks SET name = 'atlas two' WHERE name = 'atlas'").await.unwrap();
    let read = site.until(|read| read.version == 3).await;
    let trunk = read.plan.trunks.iter().find(|trunk| trunk.name == "atlas two").unwrap();
    assert_eq!(trunk.stable_id(), id);
    let again = |plan: &mut Plan| {
        let mut other = plan.trunks[0].clone();
        (other.name, other.id) = ("atlas".to_owned(), None);
        plan.trunks.push(other);
        Ok(())
    };
    let error = site.store.change(&author(), "test", again).await.unwrap_err();
    assert!(matches!(error, ChangeError::Invalid(_)), "{error:?}");
}
