//! TLS with certificates made on the spot.

use std::path::PathBuf;
use std::sync::Arc;

use assay_template::plan::{PrometheusQuery, Tls};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::server::{Server, ok};
use super::{ask, describe, prometheus_query, sources};

const GOOD: &str = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"10"]}}"#;

/// A certificate authority of our own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: rustls::pki_types::CertificateDer<'static>,
}

struct Issued {
    cert: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        let (pem, der) = (cert.pem(), cert.der().clone());
        Self { issuer: Issuer::new(params, key), pem, der }
    }

    fn issue(&self, name: &str, expired: bool) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        Issued { cert: params.signed_by(&key, &self.issuer).unwrap(), key }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        roots
    }
}

/// A server with this certificate, which asks for one of `clients` if given.
async fn serve(issued: &Issued, clients: Option<&Authority>) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let roots = Arc::new(clients.roots());
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivatePkcs8KeyDer::from(issued.key.serialize_der());
    let config = builder.with_single_cert(vec![issued.cert.der().clone()], key.into()).unwrap();
    Server::start_with(vec![ok(GOOD)], Some(TlsAcceptor::from(Arc::new(config)))).await
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("assay-tls-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> Option<String> {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        Some(path.to_str().unwrap().to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn check(server: &Server, tls: Tls, insecure: bool, expected: &str) {
    let address = format!("https://{}", server.address());
    let query = PrometheusQuery { tls, insecure, ..prometheus_query(&address) };
    let outcome = ask(&sources(), query).await;
    assert_eq!(describe(&outcome, Some(server)), expected);
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_named() {
    let authority = Authority::new("one");
    let server = serve(&authority.issue("127.0.0.1", false), None).await;
    let folder = Folder::new("own");
    let ca = |authority: &Authority| Tls {
        ca_file: folder.write("ca.pem", &authority.pem),
        ..Tls::default()
    };
    let untrusted = "Unreachable: HOST has a certificate from an authority that is not trusted";
    check(&server, ca(&authority), false, "Scalar(10.0)").await;
    check(&server, Tls::default(), false, untrusted).await;
    check(&server, ca(&Authority::new("other")), false, untrusted).await;
    check(&server, ca(&Authority::new("one")), false, untrusted).await;
    check(&server, Tls::default(), true, "Scalar(10.0)").await;

    let server = serve(&authority.issue("other.example", false), None).await;
    let wrong_name = "Unreachable: HOST has a certificate for another name";
    check(&server, ca(&authority), false, wrong_name).await;
    check(&server, ca(&authority), true, "Scalar(10.0)").await;

    let server = serve(&authority.issue("127.0.0.1", true), None).await;
    check(&server, ca(&authority), false, "Unreachable: HOST has a certificate that is expired")
        .await;
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let authority = Authority::new("one");
    let server = serve(&authority.issue("127.0.0.1", false), Some(&authority)).await;
    let folder = Folder::new("client");
    let tls = |client: &Issued| Tls {
        ca_file: folder.write("ca.pem", &authority.pem),
        cert_file: folder.write("cert.pem", &client.cert.pem()),
        key_file: folder.write("key.pem", &client.key.serialize_pem()),
    };
    check(&server, tls(&authority.issue("me", false)), false, "Scalar(10.0)").await;
    let nobody = Tls { cert_file: None, key_file: None, ..tls(&authority.issue("me", false)) };
    let wants = "Unreachable: HOST ended the TLS handshake: it wants a client certificate, \
                 or other ciphers";
    check(&server, nobody, false, wants).await;
    let rejects = "Unreachable: HOST does not accept the client certificate";
    for name in ["one", "other"] {
        let stranger = tls(&Authority::new(name).issue("me", false));
        check(&server, stranger, false, rejects).await;
    }
}

#[tokio::test]
async fn tls_and_plain_http_do_not_mix() {
    // It takes the greeting of TLS for a request without end, so it is told to speak first.
    let plain = Server::start_speaking(b"220 hello\r\n").await;
    let no_tls = "Unreachable: HOST does not speak TLS (is it `http` rather than `https`?)";
    check(&plain, Tls::default(), false, no_tls).await;
    let server = serve(&Authority::new("one").issue("127.0.0.1", false), None).await;
    let outcome = ask(&sources(), prometheus_query(&server.url(""))).await;
    let no_http = "Unreadable: HOST did not answer in HTTP that can be read";
    assert_eq!(describe(&outcome, Some(&server)), no_http);
}

/// Asks with these files; no connection is ever made.
async fn check_files(tls: Tls, folder: &Folder, expected: &str) {
    let query = PrometheusQuery { tls, ..prometheus_query("https://127.0.0.1:1") };
    let outcome = ask(&sources(), query).await;
    let text = describe(&outcome, None).replace(folder.0.to_str().unwrap(), "DIR");
    assert_eq!(text, format!("Misconfigured: {expected}"));
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let folder = Folder::new("files");
    let one = Authority::new("one").issue("me", false);
    let (cert, key) = (one.cert.pem(), one.key.serialize_pem());
    let other_key = KeyPair::generate().unwrap().serialize_pem();
    let ca = |ca_file| Tls { ca_file, ..Tls::default() };
    let client = |cert_file, key_file| Tls { ca_file: None, cert_file, key_file };
    let missing = Some(folder.0.join("missing.pem").to_str().unwrap().to_owned());
    let message = "cannot read the file `DIR/missing.pem`: No such file or directory (os error 2)";
    check_files(ca(missing), &folder, message).await;
    let rubbish = folder.write("rubbish.pem", "rubbish");
    check_files(ca(rubbish.clone()), &folder, "the file `DIR/rubbish.pem` holds no certificate")
        .await;
    let large = folder.write("large.pem", &"x".repeat((1 << 20) + 1));
    let message = "the file `DIR/large.pem` is larger than 1048576 bytes";
    check_files(ca(large), &folder, message).await;
    let cert = folder.write("cert.pem", &cert);
    let message = "a client certificate needs both `certFile` and `keyFile`";
    check_files(client(cert.clone(), None), &folder, message).await;
    let message = "the file `DIR/rubbish.pem` holds no private key in PEM";
    check_files(client(cert.clone(), rubbish), &folder, message).await;
    let other_key = folder.write("other.pem", &other_key);
    let message = "the file `DIR/other.pem` does not fit the client certificate";
    check_files(client(cert.clone(), other_key), &folder, message).await;
    // A fitting pair gets as far as the connection.
    let key = folder.write("key.pem", &key);
    let query =
        PrometheusQuery { tls: client(cert, key), ..prometheus_query("https://127.0.0.1:1") };
    let outcome = ask(&sources(), query).await;
    let refused = "Unreachable: 127.0.0.1:1 refused the connection";
    assert_eq!(describe(&outcome, None), refused);
}
