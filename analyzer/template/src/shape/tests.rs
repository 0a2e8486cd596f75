//! The table checked against itself, and what is made of it.

use std::collections::BTreeSet;

use expect_test::expect_file;

use super::reference::inner;
use super::tables::ROOTS;
use super::{Api, Object, Shape, check, json_schema, reference};
use crate::yaml::{Source, parse};

/// Every object that a document may hold.
fn objects() -> Vec<&'static Object> {
    let mut objects: Vec<&'static Object> = ROOTS.iter().map(|root| root.object).collect();
    let mut next = 0;
    while let Some(object) = objects.get(next) {
        next += 1;
        for field in object.fields {
            inner(&field.shape, &mut |below| {
                if !objects.iter().any(|known| std::ptr::eq(*known, below)) {
                    objects.push(below);
                }
            });
        }
    }
    objects
}

#[test]
fn every_field_is_described_and_its_example_is_good() {
    let mut names = BTreeSet::new();
    for object in objects() {
        assert!(names.insert(object.name), "two objects are called {}", object.name);
        assert!(object.about.ends_with('.'), "{}", object.name);
        let fields: BTreeSet<&str> = object.fields.iter().map(|field| field.name).collect();
        assert_eq!(fields.len(), object.fields.len(), "{} has a field twice", object.name);
        for field in object.fields {
            let at = format!("{}.{}", object.name, field.name);
            assert!(field.about.ends_with('.'), "{at} is not described by sentences");
            // All fields of the object with their examples, so that none is missing.
            let text: String = object
                .fields
                .iter()
                .filter(|other| other.required || other.name == field.name)
                .map(|other| format!("{}: {}\n", other.name, other.example))
                .collect();
            let nodes = parse(&Source { name: at.clone(), text }).unwrap();
            assert_eq!(check(&nodes[0], object, Api::Assay, &at), [], "{at}");
        }
    }
}

#[test]
fn choices_are_shown_in_their_words() {
    let check = |shape: Shape, expected: &str| assert_eq!(shape.expected(), expected);
    check(Shape::Choice(&["hold", "abort"]), "one of `hold`, `abort`");
    check(Shape::Either(&[Shape::Text, Shape::Free]), "a text or any value");
}

#[test]
fn the_schema_is_the_one_we_publish() {
    let schema = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    expect_file!["../../schema/documents.json"].assert_eq(&schema);
}

#[test]
fn the_reference_is_the_one_we_publish() {
    expect_file!["../../schema/reference.md"].assert_eq(&reference());
}

#[test]
fn every_definition_the_schema_names_is_in_it() {
    let schema = json_schema();
    for named in schema.to_string().split("\"#/$defs/").skip(1) {
        let name = named.split('"').next().unwrap();
        assert!(schema["$defs"][name]["properties"].is_object(), "{name}");
    }
}

#[test]
fn argo_has_no_field_of_ours() {
    let schema = json_schema();
    let metric = |api: &str| schema["$defs"][format!("{api}.Metric")]["properties"].clone();
    assert!(metric("argo")["failureLimit"].is_object() && metric("argo")["onNoData"].is_null());
    assert!(metric("assay")["onNoData"].is_object());
}
