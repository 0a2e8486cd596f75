//! Every code with its page: what it means, an example, and what to write instead.

use crate::shape::suggest;

/// The stable names of all problems and warnings, of the other rooms too, sorted, each with its page
/// in Markdown. A test of the whole compares them with every code in the sources.
pub const EXPLAINED: &[(&str, &str)] = &[
    ("assay::args::conflicting_defaults", include_str!("../../explain/conflicting_defaults.md")),
    ("assay::args::duplicate_argument", include_str!("../../explain/duplicate_argument.md")),
    ("assay::args::empty_argument", include_str!("../../explain/empty_argument.md")),
    ("assay::args::escapes_string", include_str!("../../explain/escapes_string.md")),
    ("assay::args::not_supplied", include_str!("../../explain/not_supplied.md")),
    ("assay::args::secret_in_the_open", include_str!("../../explain/secret_in_the_open.md")),
    ("assay::args::secret_key_not_found", include_str!("../../explain/secret_key_not_found.md")),
    ("assay::args::secret_not_found", include_str!("../../explain/secret_not_found.md")),
    ("assay::args::secret_wins", include_str!("../../explain/secret_wins.md")),
    ("assay::args::unclosed_tag", include_str!("../../explain/unclosed_tag.md")),
    ("assay::args::unencodable_character", include_str!("../../explain/unencodable_character.md")),
    ("assay::args::unknown_argument", include_str!("../../explain/unknown_argument.md")),
    ("assay::args::unresolved_tag", include_str!("../../explain/unresolved_tag.md")),
    ("assay::args::unused_argument", include_str!("../../explain/unused_argument.md")),
    ("assay::args::value_and_value_from", include_str!("../../explain/value_and_value_from.md")),
    ("assay::fixture::answer_does_not_fit", include_str!("../../explain/answer_does_not_fit.md")),
    (
        "assay::fixture::answer_with_two_values",
        include_str!("../../explain/answer_with_two_values.md"),
    ),
    ("assay::fixture::answer_without_value", include_str!("../../explain/answer_without_value.md")),
    ("assay::fixture::bad_duration", include_str!("../../explain/bad_duration.md")),
    ("assay::fixture::bad_page", include_str!("../../explain/bad_page.md")),
    ("assay::fixture::bad_series", include_str!("../../explain/bad_series.md")),
    ("assay::fixture::invalid_start", include_str!("../../explain/invalid_start.md")),
    (
        "assay::fixture::metric_recorded_twice",
        include_str!("../../explain/metric_recorded_twice.md"),
    ),
    ("assay::fixture::not_a_json_value", include_str!("../../explain/not_a_json_value.md")),
    ("assay::fixture::out_of_range", include_str!("../../explain/out_of_range.md")),
    ("assay::fixture::query_not_readable", include_str!("../../explain/query_not_readable.md")),
    ("assay::fixture::too_many_samples", include_str!("../../explain/too_many_samples.md")),
    ("assay::fixture::unknown_metric", include_str!("../../explain/unknown_metric.md")),
    ("assay::fixture::unknown_weight", include_str!("../../explain/unknown_weight.md")),
    ("assay::rollout::analysis_without_end", include_str!("../../explain/analysis_without_end.md")),
    (
        "assay::rollout::analysis_without_templates",
        include_str!("../../explain/analysis_without_templates.md"),
    ),
    (
        "assay::rollout::background_never_starts",
        include_str!("../../explain/background_never_starts.md"),
    ),
    ("assay::rollout::bad_pause", include_str!("../../explain/bad_pause.md")),
    ("assay::rollout::empty_step", include_str!("../../explain/empty_step.md")),
    (
        "assay::rollout::experiment_not_walked",
        include_str!("../../explain/experiment_not_walked.md"),
    ),
    ("assay::rollout::no_strategy", include_str!("../../explain/no_strategy.md")),
    ("assay::rollout::nothing_judges", include_str!("../../explain/nothing_judges.md")),
    ("assay::rollout::several_rollouts", include_str!("../../explain/several_rollouts.md")),
    ("assay::rollout::step_with_several", include_str!("../../explain/step_with_several.md")),
    ("assay::rollout::template_elsewhere", include_str!("../../explain/template_elsewhere.md")),
    ("assay::rollout::two_strategies", include_str!("../../explain/two_strategies.md")),
    ("assay::rollout::unusable_number", include_str!("../../explain/unusable_number.md")),
    ("assay::run::error_aborts_in_argo", include_str!("../../explain/error_aborts_in_argo.md")),
    ("assay::run::no_data_waived", include_str!("../../explain/no_data_waived.md")),
    ("assay::run::traffic_share", include_str!("../../explain/traffic_share.md")),
    ("assay::run::nobody_has_a_say", include_str!("../../explain/nobody_has_a_say.md")),
    ("assay::template::aliases_too_large", include_str!("../../explain/aliases_too_large.md")),
    (
        "assay::template::anchor_inside_itself",
        include_str!("../../explain/anchor_inside_itself.md"),
    ),
    ("assay::template::bad_condition", include_str!("../../explain/bad_condition.md")),
    ("assay::template::bad_query", include_str!("../../explain/bad_query.md")),
    ("assay::template::bad_setting", include_str!("../../explain/bad_setting.md")),
    ("assay::template::body_without_method", include_str!("../../explain/body_without_method.md")),
    (
        "assay::template::compare_without_criterion",
        include_str!("../../explain/compare_without_criterion.md"),
    ),
    ("assay::template::complex_key", include_str!("../../explain/complex_key.md")),
    (
        "assay::template::count_below_failure_limit",
        include_str!("../../explain/count_below_failure_limit.md"),
    ),
    (
        "assay::template::count_below_inconclusive_limit",
        include_str!("../../explain/count_below_inconclusive_limit.md"),
    ),
    (
        "assay::template::count_below_success_limit",
        include_str!("../../explain/count_below_success_limit.md"),
    ),
    (
        "assay::template::count_without_interval",
        include_str!("../../explain/count_without_interval.md"),
    ),
    (
        "assay::template::criterion_in_argo_mode",
        include_str!("../../explain/criterion_in_argo_mode.md"),
    ),
    ("assay::template::different_compare", include_str!("../../explain/different_compare.md")),
    ("assay::template::duplicate_key", include_str!("../../explain/duplicate_key.md")),
    ("assay::template::duplicate_metric", include_str!("../../explain/duplicate_metric.md")),
    ("assay::template::duplicate_rule", include_str!("../../explain/duplicate_rule.md")),
    ("assay::template::duplicate_target", include_str!("../../explain/duplicate_target.md")),
    ("assay::template::duplicate_template", include_str!("../../explain/duplicate_template.md")),
    ("assay::template::duration_too_short", include_str!("../../explain/duration_too_short.md")),
    (
        "assay::template::duration_without_unit",
        include_str!("../../explain/duration_without_unit.md"),
    ),
    ("assay::template::either_or", include_str!("../../explain/either_or.md")),
    ("assay::template::file_too_large", include_str!("../../explain/file_too_large.md")),
    ("assay::template::foreign_provider", include_str!("../../explain/foreign_provider.md")),
    ("assay::template::ignored_condition", include_str!("../../explain/ignored_condition.md")),
    (
        "assay::template::incomplete_certificate",
        include_str!("../../explain/incomplete_certificate.md"),
    ),
    ("assay::template::incomplete_login", include_str!("../../explain/incomplete_login.md")),
    ("assay::template::invalid_address", include_str!("../../explain/invalid_address.md")),
    (
        "assay::template::invalid_datadog_query",
        include_str!("../../explain/invalid_datadog_query.md"),
    ),
    ("assay::template::invalid_duration", include_str!("../../explain/invalid_duration.md")),
    ("assay::template::invalid_header", include_str!("../../explain/invalid_header.md")),
    (
        "assay::template::invalid_initial_delay",
        include_str!("../../explain/invalid_initial_delay.md"),
    ),
    ("assay::template::invalid_interval", include_str!("../../explain/invalid_interval.md")),
    ("assay::template::invalid_json_path", include_str!("../../explain/invalid_json_path.md")),
    (
        "assay::template::invalid_max_duration",
        include_str!("../../explain/invalid_max_duration.md"),
    ),
    ("assay::template::invalid_metric_name", include_str!("../../explain/invalid_metric_name.md")),
    ("assay::template::invalid_range_step", include_str!("../../explain/invalid_range_step.md")),
    ("assay::template::invalid_range_time", include_str!("../../explain/invalid_range_time.md")),
    ("assay::template::invalid_status", include_str!("../../explain/invalid_status.md")),
    ("assay::template::invalid_threshold", include_str!("../../explain/invalid_threshold.md")),
    ("assay::template::invalid_url", include_str!("../../explain/invalid_url.md")),
    (
        "assay::template::judge_without_waiver",
        include_str!("../../explain/judge_without_waiver.md"),
    ),
    (
        "assay::template::label_aggregated_away",
        include_str!("../../explain/label_aggregated_away.md"),
    ),
    ("assay::template::limit_out_of_range", include_str!("../../explain/limit_out_of_range.md")),
    ("assay::template::limits_disabled", include_str!("../../explain/limits_disabled.md")),
    ("assay::template::merge_of_no_map", include_str!("../../explain/merge_of_no_map.md")),
    ("assay::template::missing_field", include_str!("../../explain/missing_field.md")),
    ("assay::template::missing_part", include_str!("../../explain/missing_part.md")),
    ("assay::template::missing_type", include_str!("../../explain/missing_type.md")),
    ("assay::template::mixed_arms", include_str!("../../explain/mixed_arms.md")),
    ("assay::template::multiple_providers", include_str!("../../explain/multiple_providers.md")),
    ("assay::template::negative_timeout", include_str!("../../explain/negative_timeout.md")),
    ("assay::template::nested_too_deep", include_str!("../../explain/nested_too_deep.md")),
    ("assay::template::no_condition", include_str!("../../explain/no_condition.md")),
    ("assay::template::no_document", include_str!("../../explain/no_document.md")),
    ("assay::template::no_metrics", include_str!("../../explain/no_metrics.md")),
    ("assay::template::no_provider", include_str!("../../explain/no_provider.md")),
    ("assay::template::no_template", include_str!("../../explain/no_template.md")),
    ("assay::template::not_a_number", include_str!("../../explain/not_a_number.md")),
    ("assay::template::not_a_vector", include_str!("../../explain/not_a_vector.md")),
    ("assay::template::not_a_whole_number", include_str!("../../explain/not_a_whole_number.md")),
    ("assay::template::not_utf8", include_str!("../../explain/not_utf8.md")),
    ("assay::template::not_with_criterion", include_str!("../../explain/not_with_criterion.md")),
    ("assay::template::nul_byte", include_str!("../../explain/nul_byte.md")),
    ("assay::template::number_out_of_range", include_str!("../../explain/number_out_of_range.md")),
    ("assay::template::number_too_large", include_str!("../../explain/number_too_large.md")),
    ("assay::template::only_in_assay_dev", include_str!("../../explain/only_in_assay_dev.md")),
    ("assay::template::past_max_duration", include_str!("../../explain/past_max_duration.md")),
    ("assay::template::pods_merged", include_str!("../../explain/pods_merged.md")),
    (
        "assay::template::provider_without_series",
        include_str!("../../explain/provider_without_series.md"),
    ),
    ("assay::template::quoted_number", include_str!("../../explain/quoted_number.md")),
    ("assay::template::rate_of_counter", include_str!("../../explain/rate_of_counter.md")),
    (
        "assay::template::rule_matches_nothing",
        include_str!("../../explain/rule_matches_nothing.md"),
    ),
    (
        "assay::template::runs_until_terminated",
        include_str!("../../explain/runs_until_terminated.md"),
    ),
    ("assay::template::several_criteria", include_str!("../../explain/several_criteria.md")),
    ("assay::template::several_logins", include_str!("../../explain/several_logins.md")),
    ("assay::template::step_too_short", include_str!("../../explain/step_too_short.md")),
    ("assay::template::template_cycle", include_str!("../../explain/template_cycle.md")),
    ("assay::template::templates_too_deep", include_str!("../../explain/templates_too_deep.md")),
    ("assay::template::too_few_looks", include_str!("../../explain/too_few_looks.md")),
    ("assay::template::too_many_documents", include_str!("../../explain/too_many_documents.md")),
    ("assay::template::too_many_metrics", include_str!("../../explain/too_many_metrics.md")),
    ("assay::template::too_many_problems", include_str!("../../explain/too_many_problems.md")),
    ("assay::template::too_many_values", include_str!("../../explain/too_many_values.md")),
    ("assay::template::two_bodies", include_str!("../../explain/two_bodies.md")),
    ("assay::template::unknown_anchor", include_str!("../../explain/unknown_anchor.md")),
    ("assay::template::unknown_api_version", include_str!("../../explain/unknown_api_version.md")),
    ("assay::template::unknown_field", include_str!("../../explain/unknown_field.md")),
    ("assay::template::unknown_kind", include_str!("../../explain/unknown_kind.md")),
    ("assay::template::unknown_root", include_str!("../../explain/unknown_root.md")),
    ("assay::template::unknown_tag", include_str!("../../explain/unknown_tag.md")),
    ("assay::template::unknown_template", include_str!("../../explain/unknown_template.md")),
    ("assay::template::unknown_value", include_str!("../../explain/unknown_value.md")),
    ("assay::template::unknown_word", include_str!("../../explain/unknown_word.md")),
    ("assay::template::unquoted_argument", include_str!("../../explain/unquoted_argument.md")),
    ("assay::template::unquoted_text", include_str!("../../explain/unquoted_text.md")),
    ("assay::template::unusable_query", include_str!("../../explain/unusable_query.md")),
    ("assay::template::value_adjusted", include_str!("../../explain/value_adjusted.md")),
    (
        "assay::template::waiver_without_judge",
        include_str!("../../explain/waiver_without_judge.md"),
    ),
    ("assay::template::wrong_type", include_str!("../../explain/wrong_type.md")),
    ("assay::template::yaml_syntax", include_str!("../../explain/yaml_syntax.md")),
    ("assay::template::yaml_tab", include_str!("../../explain/yaml_tab.md")),
    ("assay::template::zero_timeout", include_str!("../../explain/zero_timeout.md")),
    ("assay::test::case_without_verdict", include_str!("../../explain/case_without_verdict.md")),
    ("assay::test::duplicate_case", include_str!("../../explain/duplicate_case.md")),
    ("assay::test::metric_not_there", include_str!("../../explain/metric_not_there.md")),
    ("assay::test::not_a_duration", include_str!("../../explain/not_a_duration.md")),
    ("assay::test::not_as_expected", include_str!("../../explain/not_as_expected.md")),
    ("assay::test::unreadable_file", include_str!("../../explain/unreadable_file.md")),
    ("assay::trap::always_passes", include_str!("../../explain/always_passes.md")),
    ("assay::trap::cannot_fail", include_str!("../../explain/cannot_fail.md")),
    ("assay::trap::constant_condition", include_str!("../../explain/constant_condition.md")),
    ("assay::trap::empty_is_error", include_str!("../../explain/empty_is_error.md")),
    ("assay::trap::infinity_is_success", include_str!("../../explain/infinity_is_success.md")),
    ("assay::trap::infinity_passes", include_str!("../../explain/infinity_passes.md")),
    (
        "assay::trap::missing_becomes_number",
        include_str!("../../explain/missing_becomes_number.md"),
    ),
    ("assay::trap::nan_is_success", include_str!("../../explain/nan_is_success.md")),
    ("assay::trap::nan_passes", include_str!("../../explain/nan_passes.md")),
    ("assay::trap::never_measured", include_str!("../../explain/never_measured.md")),
    ("assay::trap::none_was_good", include_str!("../../explain/none_was_good.md")),
    ("assay::trap::not_for_vectors", include_str!("../../explain/not_for_vectors.md")),
    ("assay::trap::only_fixed_places", include_str!("../../explain/only_fixed_places.md")),
    ("assay::trap::repeated_judgement", include_str!("../../explain/repeated_judgement.md")),
    ("assay::trap::score_hides_gaps", include_str!("../../explain/score_hides_gaps.md")),
    ("assay::trap::series_left_out", include_str!("../../explain/series_left_out.md")),
    ("assay::trap::stopped_is_success", include_str!("../../explain/stopped_is_success.md")),
];

/// The page about `code`, with or without `assay::…::` in front.
pub fn explain(code: &str) -> Option<&'static str> {
    let last = last_part(code);
    EXPLAINED.iter().find(|(known, _)| last_part(known) == last).map(|(_, page)| *page)
}

/// The code that `code` is a misspelling of, if there is one.
pub fn nearest_code(code: &str) -> Option<&'static str> {
    suggest(last_part(code), EXPLAINED.iter().map(|(known, _)| last_part(known)))
}

fn last_part(code: &str) -> &str {
    code.rsplit("::").next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_page_has_its_title_and_an_example() {
        let names: BTreeSet<&str> = EXPLAINED.iter().map(|(code, _)| last_part(code)).collect();
        assert_eq!(names.len(), EXPLAINED.len(), "the last part alone names a code");
        for (code, page) in EXPLAINED {
            assert!(page.starts_with(&format!("# {}\n", last_part(code))), "{code}");
            assert!(page.contains("```"), "{code} shows no example");
        }
    }

    #[test]
    fn a_page_is_found_by_its_code() {
        let page = explain("assay::template::unknown_field").unwrap();
        assert_eq!(explain("unknown_field"), Some(page));
        assert_eq!(explain("assay::template::nothing"), None);
        assert_eq!(nearest_code("unknwon_field"), Some("unknown_field"));
    }
}
