//! Why an exchange gave no answer, in words a person understands.
//!
//! The errors of the HTTP and TLS crates name URLs and internals; none of their texts is passed
//! on. What is known of the cause is read from the chain of sources by type.

use std::error::Error;
use std::io;

use assay_run::reading::{Fault, FaultKind};
use rustls::{AlertDescription, CertificateError};

use crate::reach::NameFault;

/// Why an exchange gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FaultKind,
    /// What went wrong, as a clause about the source, such as `refused the connection`, or as a
    /// whole message.
    pub clause: String,
    whole: bool,
}

impl Failure {
    /// A failure of the source: `clause` has it as its subject.
    pub fn new(kind: FaultKind, clause: impl Into<String>) -> Self {
        Self { kind, clause: clause.into(), whole: false }
    }

    /// A failure that is not the source's own; `message` says whose.
    pub fn whole(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, clause: message.into(), whole: true }
    }

    /// A request that cannot be sent as it is configured.
    pub fn misconfigured(message: impl Into<String>) -> Self {
        Self::whole(FaultKind::Misconfigured, message)
    }

    /// Whether the source has nothing to do with it.
    pub fn is_elsewhere(&self) -> bool {
        self.whole
    }

    /// The failure as a fault of the source at `place`, a `host:port`.
    pub fn fault(self, place: &str) -> Fault {
        let Self { kind, clause, whole } = self;
        let message = if whole { clause } else { format!("{place} {clause}") };
        Fault { kind, message }
    }

    /// The failure behind an error of the HTTP client.
    pub fn of(error: &reqwest::Error) -> Self {
        let mut next: Option<&(dyn Error + 'static)> = error.source();
        // The innermost known cause says most, so the last match wins.
        let mut found = None;
        while let Some(cause) = next {
            found = Self::of_cause(cause).or(found);
            next = cause.source();
        }
        found.unwrap_or_else(|| {
            if error.is_builder() {
                Self::misconfigured("the request cannot be sent as it is configured")
            } else if error.is_connect() {
                Self::new(FaultKind::Unreachable, "could not be connected to")
            } else if error.is_decode() {
                Self::new(FaultKind::Unreadable, "answered with a body that cannot be decoded")
            } else {
                Self::new(FaultKind::Unreachable, CLOSED)
            }
        })
    }

    fn of_cause(cause: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(name) = cause.downcast_ref::<NameFault>() {
            return Some(Self::new(FaultKind::Unreachable, name.clause()));
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(Self::new(FaultKind::Unreachable, tls_clause(error)));
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            return Self::of_hyper(error);
        }
        let error = cause.downcast_ref::<io::Error>()?;
        // The error inside an I/O error is not among its sources.
        error.get_ref().and_then(|inner| Self::of_cause(inner)).or_else(|| Self::of_io(error))
    }

    fn of_hyper(error: &hyper::Error) -> Option<Self> {
        if error.is_parse() {
            let clause = "did not answer in HTTP that can be read";
            return Some(Self::new(FaultKind::Unreadable, clause));
        }
        error.is_incomplete_message().then(|| Self::new(FaultKind::Unreachable, CLOSED))
    }

    fn of_io(error: &io::Error) -> Option<Self> {
        // `ErrorKind` is not ours and grows, so kinds we do not name fall through on purpose.
        let is = |kind| error.kind() == kind;
        let (kind, clause) = if is(io::ErrorKind::ConnectionRefused) {
            (FaultKind::Unreachable, "refused the connection")
        } else if is(io::ErrorKind::HostUnreachable) || is(io::ErrorKind::NetworkUnreachable) {
            (FaultKind::Unreachable, "cannot be reached from here: there is no route to it")
        } else if is(io::ErrorKind::TimedOut) {
            (FaultKind::Unreachable, "did not take the connection")
        } else if is(io::ErrorKind::ConnectionReset)
            || is(io::ErrorKind::ConnectionAborted)
            || is(io::ErrorKind::BrokenPipe)
            || is(io::ErrorKind::UnexpectedEof)
        {
            (FaultKind::Unreachable, CLOSED)
        } else if is(io::ErrorKind::InvalidData) || is(io::ErrorKind::InvalidInput) {
            (FaultKind::Unreadable, "answered with a body that cannot be decoded")
        } else {
            return None;
        };
        Some(Self::new(kind, clause))
    }
}

const CLOSED: &str = "closed the connection before its answer was complete";

fn tls_clause(error: &rustls::Error) -> String {
    // Both enums belong to rustls and are non-exhaustive; `if let` names what people meet.
    if let rustls::Error::InvalidCertificate(certificate) = error {
        return certificate_clause(certificate);
    }
    if let rustls::Error::AlertReceived(alert) = error {
        let wants_certificate =
            [AlertDescription::CertificateRequired, AlertDescription::HandshakeFailure];
        let rejects_certificate = [
            AlertDescription::BadCertificate,
            AlertDescription::UnknownCA,
            AlertDescription::CertificateUnknown,
            AlertDescription::CertificateExpired,
            AlertDescription::AccessDenied,
            AlertDescription::DecryptError,
        ];
        return if wants_certificate.contains(alert) {
            String::from("ended the TLS handshake: it wants a client certificate, or other ciphers")
        } else if rejects_certificate.contains(alert) {
            String::from("does not accept the client certificate")
        } else {
            format!("ended the TLS connection with the alert {alert:?}")
        };
    }
    if let rustls::Error::InvalidMessage(_) = error {
        return String::from("does not speak TLS (is it `http` rather than `https`?)");
    }
    String::from("could not agree on a TLS connection")
}

fn certificate_clause(error: &CertificateError) -> String {
    let expired =
        matches!(error, CertificateError::Expired | CertificateError::ExpiredContext { .. });
    let wrong_name = matches!(
        error,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    );
    let clause = if expired {
        "has a certificate that is expired"
    } else if wrong_name {
        "has a certificate for another name"
    } else if matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature) {
        // A bad signature is what an authority of the same name, made anew, looks like.
        "has a certificate from an authority that is not trusted"
    } else {
        "has a certificate that is not valid"
    };
    clause.to_owned()
}
