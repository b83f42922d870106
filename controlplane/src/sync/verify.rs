//! Owns when the checksums of all tables are asked for, and what their answer means; refuses to change anything.

use tokio::task::JoinSet;

use crate::database::{Database, sentence};
use crate::model::{self, Compared, Kind, Model, Sums};

/// Comparisons, one at a time.
#[derive(Default)]
pub(super) struct Verify {
    asked: JoinSet<Option<(u64, Sums)>>,
    /// What differed last time.
    torn: Sums,
    /// Mended since, and it did not help.
    lost: Sums,
}

impl Verify {
    /// Forgets what an earlier session asked.
    pub(super) fn begin(&mut self) {
        self.asked = JoinSet::new();
    }

    /// What was judged torn could not be mended yet.
    pub(super) fn undo(&mut self) {
        self.torn = Sums::default();
    }

    /// Asks the database, unless an answer is still awaited.
    pub(super) fn ask(&mut self, database: &Database) {
        if !self.asked.is_empty() {
            return;
        }
        let database = database.clone();
        self.asked.spawn(async move {
            let connection = database.connect().await.ok()?;
            // Versions that every reader has read long ago.
            let forgotten = connection.execute(include_str!("forget.sql"), &[]).await;
            let asked = async {
                forgotten?;
                model::sums(&connection).await
            };
            asked
                .await
                .inspect_err(|error: &tokio_postgres::Error| {
                    tracing::warn!(error = sentence(error), "the tables were not compared");
                })
                .ok()
        });
    }

    /// The answer, when it comes; none while nothing is asked.
    pub(super) async fn answer(&mut self) -> Option<(u64, Sums)> {
        match self.asked.join_next().await {
            Some(answer) => answer.ok().flatten(),
            None => std::future::pending().await,
        }
    }

    /// Whether everything has to be read again.
    ///
    /// What differs in the same way after that is no entity's: rows that belong to nothing, which only somebody who
    /// goes past the foreign keys can leave.
    pub(super) fn judge(&mut self, model: &Model, sums: (u64, Sums)) -> bool {
        let differs = match model::compare(model, sums) {
            Compared::Unknown => return false,
            Compared::Same => Sums::default(),
            Compared::Torn(differs) => differs,
        };
        let again = differs == self.torn;
        self.torn = differs;
        if differs == Sums::default() || differs == self.lost {
            return false;
        }
        let kinds: Vec<&str> = Kind::ALL
            .into_iter()
            .zip(differs)
            .filter(|(_, differs)| *differs != 0)
            .map(|(kind, _)| kind.name())
            .collect();
        if again {
            self.lost = differs;
            tracing::error!(?kinds, "there are rows that belong to nothing; delete them");
            return false;
        }
        tracing::error!(?kinds, "rows were changed past the triggers; reading everything again");
        true
    }
}
