//! TLS to the server, with *ring*.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::Trust;
use crate::StoreError;

/// What encrypts connections to servers that `trust` believes.
pub(super) fn connector(trust: &Trust) -> Result<MakeRustlsConnect, StoreError> {
    let ring = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&ring))
        .with_safe_default_protocol_versions()
        .map_err(|err| StoreError::Unavailable(err.to_string()))?;
    let config = match roots(trust)? {
        Some(roots) => builder.with_root_certificates(roots).with_no_client_auth(),
        None => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(ring))).with_no_client_auth()
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(trust: &Trust) -> Result<Option<RootCertStore>, StoreError> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Anyone => return Ok(None),
        Trust::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Trust::File(file) => {
            let unreadable =
                |why: String| StoreError::Unavailable(format!("sslrootcert {}: {why}", file.display()));
            let found = CertificateDer::pem_file_iter(file).map_err(|err| unreadable(err.to_string()))?;
            for certificate in found {
                let certificate = certificate.map_err(|err| unreadable(err.to_string()))?;
                roots.add(certificate).map_err(|err| unreadable(err.to_string()))?;
            }
        }
    }
    match roots.is_empty() {
        true => Err(StoreError::Unavailable("there are no certificates to trust".to_owned())),
        false => Ok(Some(roots)),
    }
}

/// `sslmode=require` as libpq means it: encrypted, whoever the server is. That the server holds the
/// key of the certificate it shows is still checked, and the password is bound to that certificate.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
