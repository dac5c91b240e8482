//! A stand-in for a Qdrant server: the real gRPC services on loopback over points in memory, with the
//! failures of the outside on demand.

mod collections;
mod points;
mod store;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::{Qdrant, QdrantServer};
use qdrant_client::qdrant::{HealthCheckReply, HealthCheckRequest};
use secrecy::SecretString;
use tokio::sync::oneshot;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status, async_trait};

use crate::ServerAddress;
use store::Store;

/// What the stand-in knows and how it behaves.
#[derive(Default)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) version: String,
    /// Answers to the next calls, before anything is done.
    pub(super) failures: Vec<Code>,
    /// The key that every call must carry.
    pub(super) key: Option<&'static str>,
    /// Calls that arrived.
    pub(super) calls: usize,
    /// A condition that it forgets in searches: the key of a payload field, or `id`.
    pub(super) forgets: Option<&'static str>,
}

/// The service of one connection.
#[derive(Clone)]
pub(super) struct Service(Arc<Mutex<State>>);

impl Service {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

/// A server that runs until it is dropped.
pub(super) struct StandIn {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    pub(super) fn start() -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// On a port that accepts already, and has said nothing so far.
    pub(super) fn start_on(listener: TcpListener) -> Self {
        Self::over(listener, Arc::new(Mutex::new(State { version: "1.16.0".to_owned(), ..State::default() })))
    }

    fn over(listener: TcpListener, state: Arc<Mutex<State>>) -> Self {
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Service(Arc::clone(&state));
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, service, stopped));
        });
        Self { address, state, stop: Some(stop), thread: Some(thread) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn address(&self, key: Option<&str>) -> ServerAddress {
        let key = key.map(|it| SecretString::from(it.to_owned()));
        ServerAddress::new(&format!("http://{}", self.address), key).unwrap()
    }

    /// Ends it and starts it anew on the same port with what it held; every connection breaks.
    pub(super) fn restart(mut self) -> Self {
        self.end();
        let listener = TcpListener::bind(self.address).unwrap();
        Self::over(listener, Arc::clone(&self.state))
    }

    fn end(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.end();
    }
}

async fn serve(listener: TcpListener, service: Service, stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let gate = |service: &Service| {
        let service = service.clone();
        move |request: Request<()>| pass(&mut service.state(), request)
    };
    let serving = Server::builder()
        .add_service(InterceptedService::new(QdrantServer::new(service.clone()), gate(&service)))
        .add_service(InterceptedService::new(CollectionsServer::new(service.clone()), gate(&service)))
        .add_service(InterceptedService::new(PointsServer::new(service.clone()), gate(&service)))
        .serve_with_incoming(incoming);
    // Connections do not end by themselves, so they are cut.
    tokio::select! {
        ended = serving => ended.unwrap(),
        _ = stopped => {}
    }
}

/// What the outside does before a call is served.
fn pass(state: &mut State, request: Request<()>) -> Result<Request<()>, Status> {
    state.calls += 1;
    if !state.failures.is_empty() {
        return Err(Status::new(state.failures.remove(0), "on demand"));
    }
    let given = request.metadata().get("api-key").and_then(|it| it.to_str().ok());
    match state.key {
        Some(key) if given != Some(key) => Err(Status::unauthenticated("Invalid API key")),
        _ => Ok(request),
    }
}

#[async_trait]
impl Qdrant for Service {
    async fn health_check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckReply>, Status> {
        let version = self.state().version.clone();
        Ok(Response::new(HealthCheckReply { title: "stand-in".to_owned(), version, commit: None }))
    }
}

/// Calls that nobody here makes.
macro_rules! not_served {
    ($($name:ident($request:ident) -> $response:ident;)*) => {$(
        fn $name<'service, 'async_trait>(
            &'service self,
            _: tonic::Request<qdrant_client::qdrant::$request>,
        ) -> std::pin::Pin<Box<dyn Future<Output = Result<tonic::Response<qdrant_client::qdrant::$response>, tonic::Status>> + Send + 'async_trait>>
        where
            'service: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async { Err(tonic::Status::unimplemented(stringify!($name))) })
        }
    )*};
}
use not_served;
