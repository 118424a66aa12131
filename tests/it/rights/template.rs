//! The stack's template for one set of parameters: tags resolved, roles as statements.

use super::ask::{ACCOUNT, REGION, arn};
use super::policy::Statement;
use super::right::{BUS, Right};
use access_store::embedded::TABLE;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What a role allows.
pub(super) struct Role {
    pub(super) statements: Vec<Statement>,
    /// What AWS itself does by it, as far as the template has AWS do it.
    pub(super) platform: BTreeSet<Right>,
}

/// `infra/template.yaml`.
pub(super) struct Template {
    whole: Value,
    parameters: BTreeMap<String, Value>,
}

impl Template {
    /// Reads it; parameters that are not given have their defaults.
    pub(super) fn read(given: &[(&str, &str)]) -> Self {
        let whole = as_json();
        let mut parameters = BTreeMap::new();
        for (name, parameter) in members(&whole["Parameters"]) {
            parameters.insert(name.clone(), parameter["Default"].clone());
        }
        let pseudo = [
            ("AWS::Partition", "aws"),
            ("AWS::Region", REGION),
            ("AWS::AccountId", ACCOUNT),
            ("AWS::StackName", BUS),
        ];
        for (name, value) in pseudo.iter().chain(given) {
            parameters.insert((*name).to_owned(), Value::from(*value));
        }
        parameters.insert("AWS::NoValue".to_owned(), Value::Null);
        Self { whole, parameters }
    }

    /// The resources of one kind that are made, by their names: their properties.
    pub(super) fn resources(&self, kind: &str) -> BTreeMap<&str, Value> {
        let all = members(&self.whole["Resources"]);
        let made = all.filter(|(_, it)| it["Type"] == kind && self.is_made(it));
        made.map(|(name, it)| (name.as_str(), self.resolved(&it["Properties"])))
            .collect()
    }

    /// Every role of the stack.
    pub(super) fn roles(&self) -> BTreeMap<&str, Role> {
        let mut roles = BTreeMap::new();
        for (name, role) in self.resources("AWS::IAM::Role") {
            let managed = &role["ManagedPolicyArns"];
            assert!(managed.is_null(), "{name}: nothing managed by AWS");
            let own = role["Policies"].as_array().into_iter().flatten();
            let mut statements: Vec<Statement> = own.flat_map(of_policy).collect();
            for policy in self.resources("AWS::IAM::Policy").into_values() {
                let mut of = policy["Roles"].as_array().into_iter().flatten();
                if of.any(|it| *it == name_of(name)) {
                    statements.extend(of_policy(&policy));
                }
            }
            let platform = self.platform(name);
            roles.insert(
                name,
                Role {
                    statements,
                    platform,
                },
            );
        }
        roles
    }

    /// The functions and their roles, by the names of their binaries.
    pub(super) fn functions(&self) -> BTreeMap<String, String> {
        let functions = self.resources("AWS::Serverless::Function").into_iter();
        let function = |(name, properties): (&str, Value)| {
            assert!(
                properties["Policies"].is_null(),
                "{name}: rights stand in its role"
            );
            let resource = &self.whole["Resources"][name];
            let binary = &resource["Metadata"]["BuildProperties"]["Binary"];
            let role = properties["Role"].as_str().unwrap_or_default();
            let role = role.trim_start_matches('{').trim_end_matches(".Arn}");
            let binary = binary.as_str().expect("a function has a binary");
            (binary.to_owned(), role.to_owned())
        };
        functions.map(function).collect()
    }

    /// What AWS does by a role: it writes a function's log and traces, puts aside what a function failed on, and calls what a
    /// schedule is for.
    fn platform(&self, role: &str) -> BTreeSet<Right> {
        let mut rights = BTreeSet::new();
        let role = format!("{{{role}.Arn}}");
        let mut add = |action: &str, on: &Value| {
            let on = on.as_str().expect("a place to write to");
            rights.insert(Right::new(action, on));
        };
        for (name, function) in self.resources("AWS::Serverless::Function") {
            if function["Role"] != *role {
                continue;
            }
            let log = function["LoggingConfig"]["LogGroup"].as_str();
            let log = log.expect("a function has a log group of its own");
            let log = Value::from(log.replace('}', ".Arn}"));
            add("logs:CreateLogStream", &log);
            add("logs:PutLogEvents", &log);
            if self.whole["Globals"]["Function"]["Tracing"] == "Active" {
                add("xray:PutTraceSegments", &Value::from("*"));
                add("xray:PutTelemetryRecords", &Value::from("*"));
            }
            for config in self.resources("AWS::Lambda::EventInvokeConfig").values() {
                let aside = &config["DestinationConfig"]["OnFailure"]["Destination"];
                if config["FunctionName"] == name_of(name) && !aside.is_null() {
                    add("sqs:SendMessage", aside);
                }
            }
        }
        for schedule in self.resources("AWS::Scheduler::Schedule").values() {
            let target = &schedule["Target"];
            if target["RoleArn"] == *role {
                add("lambda:InvokeFunction", &target["Arn"]);
                add("sqs:SendMessage", &target["DeadLetterConfig"]["Arn"]);
            }
        }
        rights
    }

    fn is_made(&self, resource: &Value) -> bool {
        match resource["Condition"].as_str() {
            Some(condition) => self.is(condition),
            None => true,
        }
    }

    fn is(&self, condition: &str) -> bool {
        self.holds(&self.whole["Conditions"][condition])
    }

    fn holds(&self, expression: &Value) -> bool {
        match function(expression) {
            Some(("Condition", Value::String(name))) => self.is(name),
            Some(("Fn::Equals", Value::Array(sides))) => {
                self.resolved(&sides[0]) == self.resolved(&sides[1])
            }
            Some(("Fn::Not", Value::Array(of))) => !self.holds(&of[0]),
            Some(("Fn::And", Value::Array(all))) => all.iter().all(|it| self.holds(it)),
            Some(("Fn::Or", Value::Array(any))) => any.iter().any(|it| self.holds(it)),
            _ => panic!("nobody here knows the condition {expression}"),
        }
    }

    /// The value with its tags resolved. What only AWS could say is a name in braces: `{DeadLetters.Arn}`.
    fn resolved(&self, value: &Value) -> Value {
        match (value, function(value)) {
            (_, Some(("Ref", Value::String(name)))) => self.named(name),
            (_, Some(("Fn::GetAtt", Value::Array(path)))) => {
                let path = path.iter().map(|part| part.as_str().expect("a name"));
                attribute(&path.collect::<Vec<_>>().join("."))
            }
            (_, Some(("Fn::Sub", text))) => self.filled(text),
            (_, Some(("Fn::If", Value::Array(parts)))) => {
                let is = self.is(parts[0].as_str().expect("a condition's name"));
                self.resolved(&parts[if is { 1 } else { 2 }])
            }
            (Value::Array(parts), _) => {
                let parts = parts.iter().map(|part| self.resolved(part));
                parts.filter(|part| !part.is_null()).collect()
            }
            (Value::Object(members), _) => {
                let members = members.iter();
                let members = members.map(|(name, value)| (name.clone(), self.resolved(value)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            (plain, _) => plain.clone(),
        }
    }

    fn named(&self, name: &str) -> Value {
        let parameter = self.parameters.get(name);
        parameter.cloned().unwrap_or_else(|| name_of(name))
    }

    /// `Fn::Sub`, with names of its own or without.
    fn filled(&self, text: &Value) -> Value {
        let (text, own) = match text {
            Value::Array(parts) => (&parts[0], self.resolved(&parts[1])),
            text => (text, Value::Null),
        };
        let mut rest = text.as_str().expect("a text to fill in");
        let mut filled = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').expect("a name ends");
            let value = match own.get(name) {
                Some(value) => value.clone(),
                None if name.contains('.') => attribute(name),
                None => self.named(name),
            };
            filled.push_str(before);
            filled.push_str(value.as_str().expect("texts are filled in"));
            rest = after;
        }
        filled.push_str(rest);
        Value::String(filled)
    }
}

/// What stands for a resource where AWS would name it.
pub(super) fn name_of(resource: &str) -> Value {
    Value::from(format!("{{{resource}}}"))
}

/// What stands for an attribute of a resource; of the table and the bus what requests name them by.
fn attribute(path: &str) -> Value {
    Value::from(match path {
        "Table.Arn" => arn("dynamodb", &format!("table/{TABLE}")),
        "Bus.Arn" => arn("events", &format!("event-bus/{BUS}")),
        other => format!("{{{other}}}"),
    })
}

/// The statements of one policy.
pub(super) fn of_policy(policy: &Value) -> Vec<Statement> {
    let statements = policy["PolicyDocument"]["Statement"].as_array();
    let statements = statements.expect("a policy has statements");
    statements.iter().map(Statement::read).collect()
}

/// The function that a value calls, if it is a call: an object with that one name.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let mut members = value.as_object()?.iter();
    match (members.next(), members.next()) {
        (Some((name, argument)), None) => Some((name.as_str(), argument)),
        _ => None,
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The template with its tags written out, by the Python that moto stands on: it brings a parser of YAML along.
fn as_json() -> Value {
    let server = std::env::var("ROTAKEY_MOTO_SERVER").expect("tests/run says where moto is");
    let python = Path::new(&server).with_file_name("python");
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new(python);
    command.arg(format!("{folder}/tools/template.py"));
    let printed = command
        .arg(format!("{folder}/../infra/template.yaml"))
        .output();
    let printed = printed.expect("Python starts");
    let errors = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{errors}");
    serde_json::from_slice(&printed.stdout).expect("the script prints JSON")
}
