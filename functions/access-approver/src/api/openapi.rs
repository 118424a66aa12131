//! The OpenAPI 3.1 document, made from the routes and from the types that go over the wire.

use super::input::KEY_HEADER;
use super::routes::{ROUTES, Route};
use super::shape::{Schemas, Shape};
use super::wire::ProblemView;
use function_kit::PROBLEM_JSON;
use serde_json::{Map, Value, json};

/// What is said before all else.
const ABOUT: &str = "Ask for time-bound access, decide on requests, and look at both. Instants are RFC 3339, durations \
    such as `2h` or `1h 30m`. Keys may be added to answers. What the caller may not see is answered as if it were not there.";

/// The whole document.
pub(super) fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    let problem = ProblemView::shape(&mut schemas);
    for route in ROUTES {
        let path = paths
            .entry(route.path)
            .or_insert_with(|| Value::Object(Map::new()));
        path[route.method.to_ascii_lowercase()] = operation(route, &problem, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rotakey requests and approvals",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The function's own URL" }],
        "security": [{ "aws": [] }, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "aws": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 for the service `lambda`, by a session that IAM Identity Center opened",
                },
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "On a machine of one's own: a token of `[[api.token]]`",
                },
            },
        },
    })
}

fn operation(route: &Route, problem: &Value, schemas: &mut Schemas) -> Value {
    let Route {
        method: _,
        path,
        operation,
        summary,
        body,
        status,
        answer,
        query,
        takes_key,
    } = *route;
    let mut parameters = Vec::new();
    if path.contains('{') {
        let id = json!({ "type": "string", "format": "uuid" });
        parameters.push(json!({ "name": "id", "in": "path", "required": true, "schema": id }));
    }
    for parameter in query {
        parameters.push(json!({
            "name": parameter.name,
            "in": "query",
            "description": parameter.summary,
            "schema": { "type": "string" },
        }));
    }
    if takes_key {
        parameters.push(json!({
            "name": KEY_HEADER,
            "in": "header",
            "description": "What the caller names this by, at most 255 bytes: sent again with the same key, it is the same request",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    let mut success = json!({ "description": "Done" });
    if let Some(answer) = answer {
        success["content"] = content("application/json", &answer(schemas));
    }
    let refused =
        json!({ "description": "Nothing was done", "content": content(PROBLEM_JSON, problem) });
    let mut made = json!({
        "operationId": format!("{operation:?}"),
        "summary": summary,
        "parameters": parameters,
        "responses": { (status.to_string()): success, "default": refused },
    });
    if let Some(body) = body {
        let schema = body(schemas);
        // Where there is nothing to say, nothing has to be sent.
        let is_required = schema["$ref"] != "#/components/schemas/Nothing";
        made["requestBody"] =
            json!({ "required": is_required, "content": content("application/json", &schema) });
    }
    made
}

fn content(kind: &str, schema: &Value) -> Value {
    json!({ (kind): { "schema": schema } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes::find;
    use std::collections::BTreeSet;

    /// Every operation of the document: its path, its method in capitals, and what it says.
    fn operations(document: &Value) -> Vec<(String, String, Value)> {
        let paths = document["paths"].as_object().unwrap();
        let of_path = |(path, methods): (&String, &Value)| {
            let methods = methods.as_object().unwrap().clone();
            let path = path.clone();
            let each = methods.into_iter();
            each.map(move |(method, said)| (path.clone(), method.to_ascii_uppercase(), said))
        };
        paths.iter().flat_map(of_path).collect()
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    match value {
                        Value::String(text) if key == "$ref" => {
                            found.insert(text.clone());
                        }
                        value => references(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn routes_and_document_name_the_same_operations() {
        let document = document();
        let mut said: Vec<String> = Vec::new();
        for (path, method, operation) in operations(&document) {
            let called = path.replace("{id}", "5f8a3c0e-0000-4000-8000-000000000000");
            let (route, id) = find(&method, &called).unwrap();
            assert_eq!((route.path, route.method), (path.as_str(), method.as_str()));
            assert_eq!(id.is_some(), path.contains("{id}"), "{path}");
            said.push(operation["operationId"].as_str().unwrap().to_owned());
        }
        let mut known: Vec<String> = ROUTES
            .iter()
            .map(|route| format!("{:?}", route.operation))
            .collect();
        said.sort();
        known.sort();
        assert_eq!(said, known);
        known.dedup();
        assert_eq!(said, known, "every operation has one route");
    }

    #[test]
    fn the_document_is_of_the_form_that_openapi_asks_for() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        for key in ["title", "version"] {
            assert!(document["info"][key].is_string(), "{key}");
        }
        for (path, method, said) in operations(&document) {
            let place = format!("{method} {path}");
            assert!(
                path.starts_with('/') && said["summary"].is_string(),
                "{place}"
            );
            let responses = said["responses"].as_object().unwrap();
            assert_eq!(responses.len(), 2, "{place}");
            for response in responses.values() {
                assert!(response["description"].is_string(), "{place}");
            }
            let problem = &responses["default"]["content"][PROBLEM_JSON]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/ProblemView", "{place}");
            let parameters = said["parameters"].as_array().unwrap();
            let in_path = parameters.iter().filter(|one| one["in"] == "path");
            let in_path: Vec<&Value> = in_path.collect();
            assert_eq!(in_path.len(), path.matches('{').count(), "{place}");
            assert!(in_path.iter().all(|one| one["required"] == true), "{place}");
            assert_eq!(
                said.get("requestBody").is_some(),
                method == "POST",
                "{place}"
            );
        }
        let names = ["aws", "token"].map(|name| &document["components"]["securitySchemes"][name]);
        assert!(names.iter().all(|scheme| scheme["type"].is_string()));
    }

    #[test]
    fn every_schema_is_there_and_used() {
        let document = document();
        let mut used = BTreeSet::new();
        references(&document, &mut used);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let known: BTreeSet<String> = schemas
            .keys()
            .map(|name| format!("#/components/schemas/{name}"))
            .collect();
        assert_eq!(used, known);
        for (name, schema) in schemas {
            assert!(
                !schema["description"].as_str().unwrap().is_empty(),
                "{name}"
            );
            let Some(properties) = schema.get("properties") else {
                assert!(!schema["enum"].as_array().unwrap().is_empty(), "{name}");
                continue;
            };
            let properties = properties.as_object().unwrap();
            for required in schema["required"].as_array().unwrap() {
                assert!(
                    properties.contains_key(required.as_str().unwrap()),
                    "{name}"
                );
            }
            for (field, schema) in properties {
                let described = schema["description"].as_str();
                assert!(
                    described.is_some_and(|text| !text.is_empty()),
                    "{name}.{field}"
                );
            }
        }
    }

    #[test]
    fn what_is_sent_is_closed_and_what_is_answered_is_open() {
        let document = document();
        let schemas = &document["components"]["schemas"];
        assert_eq!(
            schemas["NewRequest"]["required"],
            json!(["group", "duration", "reason"])
        );
        assert_eq!(schemas["NewRequest"]["additionalProperties"], false);
        assert_eq!(schemas["RequestView"].get("additionalProperties"), None);
        assert_eq!(schemas["RequestWord"]["enum"][4], "timed-out");
        assert_eq!(
            schemas["ProblemView"]["properties"]["type"]["type"],
            "string"
        );
    }
}
