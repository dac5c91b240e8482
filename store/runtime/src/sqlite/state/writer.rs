//! Group commit: one thread owns the writing connection. While a commit waits for the disk,
//! requests queue up; the next transaction takes all of them and pays one sync for all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;
use crate::crash;
use crate::ticket::{Answer, Ticket, ticket};

/// Requests that may wait; beyond it the store answers that it is busy.
const QUEUE: usize = 16_384;
/// Requests in one transaction: bounds how long the first of them waits.
const BATCH: usize = 1_024;

/// A request that waits for its transaction.
trait Request: Send {
    /// Runs it; false when what it wrote is to be undone. It may be run again in another transaction.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells the caller, after the commit, with what the commit came to.
    fn answer(self: Box<Self>, commit: Result<(), &StoreError>);
}

struct Asked<T, W> {
    work: W,
    result: Option<Result<T, StoreError>>,
    answer: Answer<T>,
}

impl<T, W> Request for Asked<T, W>
where
    T: Send,
    W: Fn(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        // A panic is a bug in one request: its ticket says that the writer stopped, the requests of
        // other tenants go on.
        self.result = catch_unwind(AssertUnwindSafe(|| (self.work)(connection))).ok();
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, commit: Result<(), &StoreError>) {
        match (commit, self.result) {
            (Err(error), _) => self.answer.send(Err(error.clone())),
            (Ok(()), Some(result)) => self.answer.send(result),
            (Ok(()), None) => drop(self.answer),
        }
    }
}

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` only while dropping.
    queue: Option<SyncSender<Box<dyn Request>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; it ends when the last request of a dropped `Writer` is committed.
    pub(super) fn start(connection: Connection, file: &str) -> Result<Self, StoreError> {
        let (queue, requests) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name(format!("{file} writer"))
            .spawn(move || run(connection, &requests))
            .map_err(|err| StoreError::Unavailable(format!("writer thread: {err}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues `work`; it runs in a transaction that it may share with other requests. When it
    /// fails, what it wrote is undone and the others are not touched: for that it may be run more
    /// than once. Never blocks.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        let (answer, ticket) = ticket();
        let queue = self.queue.as_ref().expect("taken only by drop");
        match queue.try_send(Box::new(Asked { work, result: None, answer })) {
            Ok(()) => {}
            Err(TrySendError::Full(request)) => {
                request.answer(Err(&StoreError::Unavailable("too many requests wait".to_owned())));
            }
            // Dropped with the request, the answer says that the writer stopped.
            Err(TrySendError::Disconnected(_)) => {}
        }
        ticket
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            drop(thread.join());
        }
    }
}

fn run(mut connection: Connection, queue: &Receiver<Box<dyn Request>>) {
    while let Ok(first) = queue.recv() {
        let mut batch: Vec<_> = std::iter::once(first).chain(queue.try_iter()).take(BATCH).collect();
        let commit = commit(&mut connection, &mut batch);
        for request in batch {
            request.answer(commit.as_ref().copied());
        }
    }
}

/// One transaction over everything that waits.
///
/// A savepoint for each request would copy every page it touches, so there is none until a request
/// has written something and then fails, which is rare: then all of them are run again, one
/// savepoint each.
fn commit(connection: &mut Connection, batch: &mut [Box<dyn Request>]) -> Result<(), StoreError> {
    match attempt(connection, batch, Apart::No)? {
        Attempt::Committed => Ok(()),
        Attempt::Spoilt => attempt(connection, batch, Apart::Yes).map(drop),
    }
}

/// Whether each request can be undone by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    Yes,
    No,
}

enum Attempt {
    Committed,
    /// A request that failed had written something; all was undone.
    Spoilt,
}

fn attempt(
    connection: &mut Connection,
    batch: &mut [Box<dyn Request>],
    apart: Apart,
) -> Result<Attempt, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    crash::point("transaction_begun");
    for request in batch {
        if apart == Apart::Yes {
            run_cached(&transaction, "SAVEPOINT request")?;
        }
        let before = transaction.total_changes();
        let keep = request.run(&transaction);
        if transaction.is_autocommit() {
            // SQLite itself has rolled everything back, which it does when the disk is full.
            return Err(StoreError::Unavailable("the transaction was rolled back".to_owned()));
        }
        if !keep && transaction.total_changes() != before {
            if apart == Apart::No {
                transaction.rollback()?;
                return Ok(Attempt::Spoilt);
            }
            run_cached(&transaction, "ROLLBACK TO request")?;
        }
        if apart == Apart::Yes {
            run_cached(&transaction, "RELEASE request")?;
        }
    }
    crash::point("before_sync");
    transaction.commit()?;
    crash::point("synced");
    Ok(Attempt::Committed)
}

fn run_cached(connection: &Connection, sql: &str) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute([])
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    fn writer(path: &Path) -> Writer {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch("CREATE TABLE rows (name TEXT NOT NULL)").unwrap();
        Writer::start(connection, "test").unwrap()
    }

    fn insert(connection: &Connection, name: &str) -> Result<(), StoreError> {
        connection.execute("INSERT INTO rows VALUES (?1)", [name])?;
        Ok(())
    }

    fn names(path: &Path) -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let mut statement = connection.prepare("SELECT name FROM rows ORDER BY rowid").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Keeps the writer busy until the sender is dropped, so that later requests wait together.
    fn busy(writer: &Writer) -> (Sender<()>, Ticket<()>) {
        let (hold, held) = channel::<()>();
        let ticket = writer.submit(move |connection| {
            held.recv().expect_err("only dropped");
            insert(connection, "first")
        });
        (hold, ticket)
    }

    #[test]
    fn requests_that_wait_together_are_committed_together() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.sqlite");
        let writer = writer(&path);
        let (hold, first) = busy(&writer);
        let tickets: Vec<_> = (0..50)
            .map(|n| {
                let path = path.clone();
                writer.submit(move |connection| {
                    insert(connection, &n.to_string())?;
                    Ok(names(&path).len())
                })
            })
            .collect();
        drop(hold);
        first.wait().unwrap();
        for ticket in tickets {
            assert_eq!(ticket.wait().unwrap(), 0, "nothing was committed while they ran");
        }
        assert_eq!(names(&path).len(), 51);
    }

    #[test]
    fn a_request_that_fails_or_panics_undoes_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.sqlite");
        let writer = writer(&path);
        let (hold, first) = busy(&writer);
        let failing = writer.submit(|connection| {
            insert(connection, "failing")?;
            Err::<(), _>(StoreError::Missing("it".to_owned()))
        });
        let panicking = writer.submit(|connection| {
            insert(connection, "panicking")?;
            assert!(names(Path::new("/nonexistent/rows")).is_empty(), "panics before");
            Ok(())
        });
        let last = writer.submit(|connection| insert(connection, "last"));
        drop(hold);
        first.wait().unwrap();
        assert!(matches!(failing.wait(), Err(StoreError::Missing(_))));
        assert!(matches!(panicking.wait(), Err(StoreError::Unavailable(_))));
        last.wait().unwrap();
        assert_eq!(names(&path), ["first", "last"]);
    }

    #[test]
    fn a_full_disk_is_an_error_and_passes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.sqlite");
        let writer = writer(&path);
        writer.submit(|connection| Ok(connection.pragma_update(None, "max_page_count", 8)?)).wait().unwrap();
        let full = writer.submit(|connection| insert(connection, &"x".repeat(1_000_000))).wait();
        assert!(matches!(full, Err(StoreError::Unavailable(_))));
        writer.submit(|connection| insert(connection, "small")).wait().unwrap();
        assert_eq!(names(&path), ["small"]);
    }

    #[test]
    fn another_process_that_keeps_writing_is_an_error_and_passes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.sqlite");
        let writer = writer(&path);
        let other = Connection::open(&path).unwrap();
        writer.submit(|connection| Ok(connection.busy_timeout(std::time::Duration::ZERO)?)).wait().unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = writer.submit(|connection| insert(connection, "early")).wait();
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
        other.execute_batch("COMMIT").unwrap();
        writer.submit(|connection| insert(connection, "late")).wait().unwrap();
        assert_eq!(names(&path), ["late"]);
    }

    #[test]
    fn dropping_the_writer_commits_what_was_queued() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.sqlite");
        let writer = writer(&path);
        let tickets: Vec<_> =
            (0..20).map(|n| writer.submit(move |connection| insert(connection, &n.to_string()))).collect();
        drop(writer);
        assert_eq!(names(&path).len(), 20);
        tickets.into_iter().for_each(|ticket| ticket.wait().unwrap());
    }
}
