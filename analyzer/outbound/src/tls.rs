//! TLS settings: whom to trust and how to show who we are.
//!
//! The files are read at every measurement, so a certificate that is renewed on disk is used from
//! then on; equal contents share connections.

use std::fs::File;
use std::io::Read;
use std::sync::{Arc, OnceLock};

use assay_template::plan::Tls;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::failure::Failure;

/// What a TLS connection is made with. There is no `Debug`: a private key is in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trust {
    /// Whether the server is believed without looking at its certificate.
    insecure: bool,
    ca: Option<Pem>,
    cert: Option<Pem>,
    key: Option<Pem>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pem {
    path: String,
    bytes: Vec<u8>,
}

impl Trust {
    /// Reads the files of `tls`, none of them longer than `bytes_max`.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of kind `Misconfigured` that names the file.
    pub fn read(tls: &Tls, insecure: bool, bytes_max: usize) -> Result<Self, Failure> {
        let Tls { ca_file, cert_file, key_file } = tls;
        if cert_file.is_some() != key_file.is_some() {
            let message = "a client certificate needs both `certFile` and `keyFile`";
            return Err(Failure::misconfigured(message));
        }
        Ok(Self {
            insecure,
            ca: Pem::read(ca_file.as_deref(), bytes_max)?,
            cert: Pem::read(cert_file.as_deref(), bytes_max)?,
            key: Pem::read(key_file.as_deref(), bytes_max)?,
        })
    }

    /// No TLS files at all, for connections that are not encrypted.
    pub fn none() -> Self {
        Self { insecure: false, ca: None, cert: None, key: None }
    }

    /// The settings as rustls wants them. The system's authorities are only read if `secure`.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of kind `Misconfigured` that names the file.
    pub fn config(&self, secure: bool) -> Result<ClientConfig, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|_| Failure::misconfigured("no TLS version can be used"))?;
        let builder = if self.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider)))
        } else {
            builder.with_root_certificates(self.roots(secure)?)
        };
        let (Some(cert), Some(key)) = (&self.cert, &self.key) else {
            return Ok(builder.with_no_client_auth());
        };
        let private = PrivateKeyDer::from_pem_slice(&key.bytes)
            .map_err(|_| key.refuse("holds no private key in PEM"))?;
        builder
            .with_client_auth_cert(cert.certificates()?, private)
            .map_err(|_| key.refuse("does not fit the client certificate"))
    }

    fn roots(&self, secure: bool) -> Result<RootCertStore, Failure> {
        let mut roots = if secure { system_roots().clone() } else { RootCertStore::empty() };
        if let Some(ca) = &self.ca {
            for certificate in ca.certificates()? {
                roots.add(certificate).map_err(|_| ca.refuse("holds an unusable certificate"))?;
            }
        }
        Ok(roots)
    }
}

/// The authorities the system trusts, read once. A machine without any can still use its own CA.
fn system_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let (added, ignored) =
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        tracing::debug!(added, ignored, "system authorities read");
        roots
    })
}

impl Pem {
    fn read(path: Option<&str>, bytes_max: usize) -> Result<Option<Self>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let bytes = read_file(path, bytes_max)?;
        Ok(Some(Self { path: path.to_owned(), bytes }))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let found = CertificateDer::pem_slice_iter(&self.bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| self.refuse("is not PEM"))?;
        if found.is_empty() { Err(self.refuse("holds no certificate")) } else { Ok(found) }
    }

    fn refuse(&self, why: &str) -> Failure {
        Failure::misconfigured(format!("the file `{}` {why}", self.path))
    }
}

/// Reads a file of at most `bytes_max` bytes, without trusting the length it claims.
///
/// # Errors
///
/// A [`Failure`] of kind `Misconfigured` that names the file.
pub fn read_file(path: &str, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(
        |error| Failure::misconfigured(format!("cannot read the file `{path}`: {error}")),
    )?;
    if bytes_max < bytes.len() {
        let message = format!("the file `{path}` is larger than {bytes_max} bytes");
        return Err(Failure::misconfigured(message));
    }
    Ok(bytes)
}

/// Believes every server, which is what `insecure: true` asks for.
///
/// Signatures are not looked at either: old appliances have certificates that cannot even be read.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
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
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
