//! Targets probed side by side.

use crate::auth::Shared;
use crate::mask::Mask;
use assay_run::reading::{Answer, Fault};
use assay_template::plan::HealthQuery;
use jiff::Timestamp;
pub(crate) async fn measure(
    _shared: &Shared,
    _query: &HealthQuery,
    _asked: Timestamp,
    _mask: &Mask,
) -> Result<Answer, Fault> {
    unimplemented!()
}
