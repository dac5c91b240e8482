//! A small server on a free loopback port, for pieces that run by themselves.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Routes being served; ends with the value.
#[derive(Debug)]
pub struct Loopback {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Loopback {
    /// Serves `routes` on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn serve(routes: BoxedFilter<(Response,)>) -> io::Result<Self> {
        Self::over(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?, routes)
    }

    /// Serves `routes` on a listener of the caller's. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn over(listener: TcpListener, routes: BoxedFilter<(Response,)>) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let task = tokio::spawn(warp::serve(routes).incoming(listener).run());
        Ok(Self { addr, task })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}
