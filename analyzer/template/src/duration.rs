//! Go durations: `30s`, `1m30s`, `1.5h`, `500ms`.
