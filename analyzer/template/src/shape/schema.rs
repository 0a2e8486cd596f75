//! The table as JSON Schema 2020-12, for editors.

use serde_json::{Map, Value, json};

use super::reference::inner;
use super::tables::ROOTS;
use super::{Api, Field, Object, Root, Shape};
use crate::yaml::{self, Node, Source, Style};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of every document that assay reads.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let mut documents = Vec::new();
    for root in ROOTS {
        for &api in root.apis {
            define(root.object, api, &mut definitions);
            documents.push(document(root, api));
        }
    }
    json!({
        "$schema": DIALECT,
        "title": "Documents of assay",
        "oneOf": documents,
        "$defs": definitions,
    })
}

fn document(root: &Root, api: Api) -> Value {
    let mut schema = object(root.object, api);
    schema["title"] = json!(format!("{} of {}", root.kind, api.version()));
    schema["properties"]["apiVersion"] = json!({
        "const": api.version(),
        "description": "The API group and its version.",
        "examples": [api.version()],
    });
    schema["properties"]["kind"] = json!({
        "const": root.kind,
        "description": root.object.about,
        "examples": [root.kind],
    });
    if let Some(required) = schema["required"].as_array_mut() {
        required.splice(0..0, [json!("apiVersion"), json!("kind")]);
    }
    schema
}

/// Adds `this` and every object below it to the definitions.
fn define(this: &'static Object, api: Api, definitions: &mut Map<String, Value>) {
    for field in usable(this, api) {
        inner(&field.shape, &mut |object_below| {
            let name = name(object_below, api);
            if !definitions.contains_key(&name) {
                // The place is taken first, so that objects within themselves come to an end.
                definitions.insert(name.clone(), Value::Null);
                define(object_below, api, definitions);
                definitions.insert(name, object(object_below, api));
            }
        });
    }
}

/// The two groups have different fields in objects of one name.
fn name(object: &Object, api: Api) -> String {
    match api {
        Api::Argo => format!("argo.{}", object.name),
        Api::Assay => format!("assay.{}", object.name),
    }
}

fn usable(object: &'static Object, api: Api) -> impl Iterator<Item = &'static Field> {
    object.fields.iter().filter(move |field| !field.ours || api == Api::Assay)
}

fn object(this: &'static Object, api: Api) -> Value {
    let mut properties = Map::new();
    for field in usable(this, api) {
        let mut schema = shape(&field.shape, api);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert(String::from("description"), json!(field.about));
            schema.insert(String::from("examples"), json!([example(field)]));
        }
        properties.insert(field.name.to_owned(), schema);
    }
    let required: Vec<&str> =
        usable(this, api).filter(|field| must(field, api)).map(|field| field.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": this.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    // A field of this very object may stand in for a required one; one further out cannot be said.
    for field in usable(this, api).filter(|field| field.required && !must(field, api)) {
        let stands_in = field.unless.iter().filter(|name| this.field(name).is_some());
        let any: Vec<Value> = stands_in.map(|name| json!({"required": [name]})).collect();
        if !any.is_empty() {
            let own = std::iter::once(json!({"required": [field.name]}));
            schema["anyOf"] = own.chain(any).collect();
        }
    }
    schema
}

/// Whether nothing can stand in for a required field: in Argo's own documents nothing can.
fn must(field: &Field, api: Api) -> bool {
    field.required && (field.unless.is_empty() || api == Api::Argo)
}

fn shape(shape: &'static Shape, api: Api) -> Value {
    let or_arguments =
        |schema: Value| json!({"anyOf": [schema, {"type": "string", "pattern": r"\{\{.*\}\}"}]});
    match shape {
        Shape::Text => json!({"type": "string"}),
        Shape::Integer(min, max) => {
            or_arguments(json!({"type": "integer", "minimum": min, "maximum": max}))
        }
        Shape::IntegerOrText(min) => json!({"anyOf": [
            {"type": "integer", "minimum": min, "maximum": i32::MAX},
            {"type": "string"},
        ]}),
        Shape::Duration => json!({
            "type": "string",
            "pattern": r"^([+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+|0|.*\{\{.*\}\}.*)$",
        }),
        Shape::Bool => or_arguments(json!({"type": "boolean"})),
        Shape::Number => json!({"type": ["number", "string"]}),
        Shape::Share => json!({"anyOf": [
            {"type": "number"},
            {"type": "string", "pattern": r"^[0-9.eE+-]+ *%?$|\{\{.*\}\}"},
        ]}),
        Shape::Choice(words) => or_arguments(json!({"enum": words})),
        Shape::List(item) => json!({"type": "array", "items": self::shape(item, api)}),
        Shape::Object(object) => json!({"$ref": format!("#/$defs/{}", name(object, api))}),
        Shape::TextMap => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Shape::Either(shapes) => {
            let any: Vec<Value> = shapes.iter().map(|shape| self::shape(shape, api)).collect();
            json!({"anyOf": any})
        }
        Shape::Free => json!({}),
    }
}

/// A field's example as JSON.
fn example(field: &Field) -> Value {
    let source = Source { name: String::new(), text: field.example.to_owned() };
    yaml::read(&source).documents.first().map_or(Value::Null, json_of)
}

/// A tree as JSON; what an unquoted scalar is, it is here.
fn json_of(node: &Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Scalar(scalar) => {
            let text = scalar.text.as_str();
            let plain = scalar.style == Style::Plain;
            match text {
                "true" if plain => Value::Bool(true),
                "false" if plain => Value::Bool(false),
                // Only what is a number in JSON too; `.nan` stays a text.
                _ if plain => serde_json::from_str::<serde_json::Number>(text)
                    .map_or_else(|_| json!(text), Value::Number),
                _ => json!(text),
            }
        }
        yaml::Value::List(items) => items.iter().map(json_of).collect(),
        yaml::Value::Map(entries) => {
            let entry = |entry: &yaml::Entry| (entry.key.clone(), json_of(&entry.node));
            Value::Object(entries.iter().map(entry).collect())
        }
    }
}
