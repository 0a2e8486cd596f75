//! `metadata`, as Kubernetes has it.

use super::super::Shape::{Free, Text, TextMap};
use super::super::{Object, field};

pub(super) static METADATA: Object = Object {
    name: "Metadata",
    about: "Name and labels of a document. What a cluster adds is accepted and left alone.",
    fields: &[
        field("name", Text, "The name, unique for its kind and namespace.", "success-rate"),
        field(
            "generateName",
            Text,
            "The beginning of a name that the cluster completes.",
            "guestbook-",
        ),
        field("namespace", Text, "The namespace.", "shop"),
        field(
            "labels",
            TextMap,
            "Labels. Values that look like numbers need quotes.",
            "{team: web}",
        ),
        field("annotations", TextMap, "Annotations.", "{owner: \"web@example.org\"}"),
        field("finalizers", Free, "Set by a cluster; left alone.", "[]"),
        field("ownerReferences", Free, "Set by a cluster; left alone.", "[]"),
        field("managedFields", Free, "Set by a cluster; left alone.", "[]"),
        field("uid", Free, "Set by a cluster; left alone.", "2f1c3d9e"),
        field("resourceVersion", Free, "Set by a cluster; left alone.", "\"4711\""),
        field("generation", Free, "Set by a cluster; left alone.", "1"),
        field("creationTimestamp", Free, "Set by a cluster; left alone.", "2026-01-05T10:00:00Z"),
        field("deletionTimestamp", Free, "Set by a cluster; left alone.", "2026-01-05T10:00:00Z"),
        field("deletionGracePeriodSeconds", Free, "Set by a cluster; left alone.", "30"),
        field("selfLink", Free, "Set by a cluster; left alone.", "/apis/argoproj.io/v1alpha1"),
    ],
};
