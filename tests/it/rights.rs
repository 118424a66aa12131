//! Least privilege: what each role of the stack allows is what its function does, no more and no less.
//!
//! What a function does is seen from outside. Its real wiring plays every scene of a tour, with a recorder between itself and
//! AWS, which writes down each request as IAM would be asked about it. That nothing is missing in the tour, the sources say:
//! each call of an SDK and each port of the store that a function's code names has to have been seen. What a role allows is
//! found by asking its policies, as the template has them, about an example of everything that there is.

mod ask;
mod code;
mod policy;
mod ports;
mod recorder;
mod right;
mod stage;
mod teeth;
mod template;
mod tour;

use access_store::embedded::TABLE;
use right::{IDENTITY_STORE, Right, differences};
use serde_json::Value;
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use template::{Role, Template, name_of};

/// Fails with every finding on its own line, so that one run shows all there is to mend.
#[track_caller]
fn assert_none(findings: &[String]) {
    let all = findings.join("\n  ");
    assert!(findings.is_empty(), "{} findings:\n  {all}", findings.len());
}

#[tokio::test]
async fn each_role_allows_what_its_code_does_and_nothing_else() {
    let stage = tour::tour().await;
    let mut findings = unseen(&stage);
    // The table of the stack, and one from before.
    for table in ["", TABLE] {
        let given = [
            ("IdentityStoreId", IDENTITY_STORE),
            ("ExistingTable", table),
        ];
        let template = Template::read(&given);
        let functions = template.functions().into_iter();
        let functions: BTreeMap<String, String> =
            functions.map(|(function, role)| (role, function)).collect();
        assert_eq!(functions.len(), 3, "{functions:?}");
        for (name, role) in template.roles() {
            let Role {
                statements,
                platform,
            } = role;
            // A role that is nobody's may do what AWS does by it.
            let (who, asked) = match functions.get(name) {
                Some(function) => (function.as_str(), stage.asked(function)),
                None => (name, BTreeSet::new()),
            };
            findings.extend(differences(who, &statements, &asked, &platform));
        }
    }
    assert_none(&findings);
}

/// What the sources name and the tour did not do, or the other way round.
fn unseen(stage: &Stage) -> Vec<String> {
    let called = stage.operations();
    let operations = code::operations().into_iter();
    let operations = operations.filter(|operation| !called.contains(operation));
    let mut findings: Vec<String> = operations
        .map(|operation| format!("the tour never calls {operation}, and adapters do"))
        .collect();
    for function in ["oncall-poller", "webhook-receiver", "access-approver"] {
        let (named, unknown) = code::of_ports(function);
        let asked = stage.asked(function);
        let done = asked.iter().flat_map(Right::of);
        let done: BTreeSet<Right> = done
            .filter(|right| right.action.starts_with("dynamodb:"))
            .collect();
        findings.extend(unknown.iter().map(|port| {
            format!("{function} uses the port `{port}`: say in rights/ports.rs what it does")
        }));
        findings.extend(named.difference(&done).map(|right| {
            format!("{function} names a port that does this, and the tour never did: {right}")
        }));
        findings.extend(
            done.difference(&named)
                .map(|right| format!("{function} did what no port does that it names: {right}")),
        );
    }
    findings
}

#[test]
fn use_cases_call_the_ports_that_are_written_down() {
    let written = ports::USE_CASES.iter().flat_map(|(_, ports)| *ports);
    let written: BTreeSet<String> = written.map(|port| (*port).to_owned()).collect();
    assert_eq!(code::in_use_cases(), written);
    assert!(code::only_the_front_door_has_questions());
}

#[test]
fn nobody_from_outside_invokes_a_function_but_by_its_url() {
    let template = Template::read(&[]);
    let mut findings = Vec::new();
    for (name, permission) in template.resources("AWS::Lambda::Permission") {
        let principal = permission["Principal"].as_str().unwrap_or_default();
        let is_narrow = match permission["Action"].as_str() {
            Some("lambda:InvokeFunctionUrl") => permission["FunctionUrlAuthType"] == "NONE",
            Some("lambda:InvokeFunction") if principal.ends_with(".amazonaws.com") => {
                permission["SourceArn"].is_string()
            }
            Some("lambda:InvokeFunction") => permission["InvokedViaFunctionUrl"] == true,
            _ => false,
        };
        if !is_narrow {
            findings.push(format!("{name} lets in whoever has the function's name"));
        }
        if permission["FunctionName"] == name_of("AccessApproverApiAlias") {
            findings.push(format!("{name} opens the API to others than who signs"));
        }
    }
    for (name, policy) in template.resources("AWS::IAM::ManagedPolicy") {
        let statements = policy["PolicyDocument"]["Statement"].as_array();
        for statement in statements.into_iter().flatten() {
            if !is_for_callers(statement) {
                findings.push(format!("{name} allows more than the API by its URL"));
            }
        }
    }
    assert_none(&findings);
}

/// Whether a statement allows calls of the API by its signed URL, and nothing else.
fn is_for_callers(statement: &Value) -> bool {
    let condition = &statement["Condition"];
    let is_by_url = match statement["Action"].as_str() {
        Some("lambda:InvokeFunctionUrl") => {
            condition["StringEquals"]["lambda:FunctionUrlAuthType"] == "AWS_IAM"
        }
        Some("lambda:InvokeFunction") => {
            condition["Bool"]["lambda:InvokedViaFunctionUrl"] == "true"
        }
        _ => false,
    };
    is_by_url && statement["Resource"] == name_of("AccessApproverApiAlias")
}
