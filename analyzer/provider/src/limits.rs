//! What one answer may cost, each limit with its unit.

use assay_outbound::client::HttpLimits;

/// The limits of every exchange with a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one answer, after decompression.
    pub answer_bytes_max: usize,
    /// Series in one Prometheus answer.
    pub series_max: usize,
    /// Points in one Prometheus answer, over all its series.
    pub points_max: usize,
    /// Bytes of the label names and values of one series.
    pub label_bytes_max: usize,
    /// Warnings kept of one answer; the rest is counted.
    pub warnings_max: usize,
    /// Bytes of one text from outside (an error, a warning) that are shown.
    pub text_bytes_max: usize,
    /// What becomes of an answer the source itself calls partial.
    pub partial: Partial,
    /// Probes of one health measurement that are under way at the same time.
    pub probes_in_flight_max: usize,
    /// Bytes of one exposition page, after decompression.
    pub page_bytes_max: usize,
    /// Series on one exposition page.
    pub page_series_max: usize,
    /// Pages that one run reads.
    pub pages_max: usize,
    /// Pages that one run reads at the same time; others wait for their turn.
    pub page_reads_in_flight_max: usize,
    /// Samples of pages that one run keeps, over all its pages.
    pub page_samples_kept_max: usize,
    /// Samples that one evaluation of a query over pages reads, counted each time.
    pub page_sample_visits_max: usize,
    /// Bytes of one certificate, key or credentials file.
    pub file_bytes_max: usize,
    /// Different TLS settings whose connections are kept open.
    pub clients_kept_max: usize,
    /// Tokens, and credentials of assumed roles, that are kept.
    pub tokens_kept_max: usize,
    /// Seconds a token without a stated life is kept.
    pub token_age_seconds_max: u64,
    /// Seconds an unused connection stays open.
    pub connection_idle_seconds_max: u64,
}

/// What becomes of an answer that the source calls partial (`isPartial` of VictoriaMetrics).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// It is a fault: a truncated answer is no evidence.
    Refuse,
    /// It is taken with a warning, as Argo Rollouts takes it without one.
    Warn,
}

impl Limits {
    /// Those of the client.
    pub(crate) fn http(&self) -> HttpLimits {
        HttpLimits {
            answer_bytes_max: self.answer_bytes_max,
            clients_kept_max: self.clients_kept_max,
            connection_idle_seconds_max: self.connection_idle_seconds_max,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_bytes_max: 4 << 20,
            series_max: 10_000,
            points_max: 250_000,
            label_bytes_max: 64 << 10,
            warnings_max: 20,
            text_bytes_max: 1 << 10,
            partial: Partial::Refuse,
            probes_in_flight_max: 32,
            page_bytes_max: 8 << 20,
            page_series_max: 50_000,
            pages_max: 1_000,
            page_reads_in_flight_max: 64,
            page_samples_kept_max: 2_000_000,
            page_sample_visits_max: 50_000_000,
            file_bytes_max: 1 << 20,
            clients_kept_max: 64,
            tokens_kept_max: 1024,
            token_age_seconds_max: 3600,
            connection_idle_seconds_max: 15,
        }
    }
}

/// `text` cut to `bytes_max` bytes at a character, with `…` where something is missing.
pub(crate) fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes_max)])
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn texts_are_cut_at_a_character() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc…");
        assert_eq!(cut("aéé", 2), "a…");
    }
}
