//! The second line against secrets: they are taken out of whatever comes back.
//!
//! The first line is that our own texts never contain them. Another side can still echo what it was
//! sent; so everything that is made of its answers passes a [`Mask`] that knows the secrets that were
//! known before and those that came up on the way, such as tokens.

use assay_run::reading::Fault;
use assay_template::secret::Secrets;
use tokio::sync::watch;

/// The secrets of one exchange.
#[derive(Default)]
pub struct Mask {
    // Exchanges run side by side and each may come by a new token.
    secrets: watch::Sender<Secrets>,
}

impl Mask {
    /// A mask that knows these secrets.
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets: watch::Sender::new(secrets) }
    }

    /// Learns another one, in all the forms it is likely to come back in.
    pub fn add(&self, secret: &str) {
        self.secrets.send_modify(|secrets| secrets.add_all_forms(secret));
    }

    /// Whether it knows no secret, so that nothing has to be looked through.
    pub fn is_empty(&self) -> bool {
        self.secrets.borrow().is_empty()
    }

    /// `text` with `***` in the place of secrets.
    pub fn scrub(&self, text: &str) -> String {
        self.secrets.borrow().scrub(text)
    }

    /// The fault without secrets.
    pub fn fault(&self, fault: Fault) -> Fault {
        Fault { kind: fault.kind, message: self.scrub(&fault.message) }
    }
}
