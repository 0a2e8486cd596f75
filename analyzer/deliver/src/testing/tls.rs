//! TLS with certificates made on the spot.

use std::path::PathBuf;
use std::sync::Arc;

use assay_template::plan::Tls;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;

use super::server::{Server, answer};
use super::{attempt, deliverer, settings};
use crate::target::TargetSettings;

/// A certificate authority of our own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server with a certificate for this name.
    async fn serve(&self, name: &str) -> Server {
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        let acts = vec![answer("200 OK", "", "")];
        let tls = TlsAcceptor::from(Arc::new(config));
        Server::start_at("127.0.0.1:0", acts, Some(tls)).await
    }
}

/// A file that goes away with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("assay-deliver-{name}-{}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn check(server: &Server, ca: Option<&File>, expected: &str) {
    let ca_file = ca.map(|file| file.0.to_str().unwrap().to_owned());
    let url = format!("https://{}/", server.address());
    let tls = Tls { ca_file, ..Tls::default() };
    let report = attempt(&deliverer(), &TargetSettings { tls, ..settings(&url) }).await;
    assert_eq!(report.to_string(), expected);
    assert_eq!(server.seen().is_empty(), report.status.is_none());
}

#[tokio::test]
async fn a_target_shows_a_certificate_that_is_trusted() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (ca, other) = (File::new("ours", &ours.pem), File::new("other", &other.pem));
    let server = ours.serve("127.0.0.1").await;
    let untrusted = "has a certificate from an authority that is not trusted";
    check(&server, None, untrusted).await;
    check(&server, Some(&other), untrusted).await;
    check(&server, Some(&ca), "answered 200").await;
    let wrong_name = ours.serve("other.example").await;
    check(&wrong_name, Some(&ca), "has a certificate for another name").await;
    let plain = Server::start(vec![answer("200 OK", "", "")]).await;
    let url = format!("http://{}/", plain.address());
    let missing = Tls { ca_file: Some(String::from("/nowhere")), ..Tls::default() };
    let report = attempt(&deliverer(), &TargetSettings { tls: missing, ..settings(&url) }).await;
    // Without encryption nobody reads the files.
    assert_eq!(report.to_string(), "answered 200");
}
