//! One HTTP request whose answer is the value.

use crate::auth::Shared;
use crate::mask::Mask;
use assay_run::reading::{Answer, Fault};
use assay_template::plan::WebQuery;
use jiff::Timestamp;
pub(crate) async fn measure(
    _shared: &Shared,
    _query: &WebQuery,
    _asked: Timestamp,
    _mask: &Mask,
) -> Result<Answer, Fault> {
    unimplemented!()
}
