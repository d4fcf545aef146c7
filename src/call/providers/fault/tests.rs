//! Error bodies as vendors, servers and gateways write them.

use super::super::wire_fault::LONGEST_TEXT;
use super::*;

fn class(status: u16, body: &str) -> ErrorClass {
    classify(status, body).class
}

#[test]
fn a_status_alone_decides_where_nothing_else_is_said() {
    use ErrorClass::{Auth, BadRequest, Content, NotFound, Provider, Quota, RateLimit};
    let table = [
        (400, BadRequest),
        (401, Auth),
        (402, Quota),
        (403, Auth),
        (404, NotFound),
        (408, Provider),
        (409, Provider),
        (413, Content),
        (422, BadRequest),
        (429, RateLimit),
        (500, Provider),
        (503, Provider),
        (529, Provider),
        (302, BadRequest),
    ];
    for (status, expected) in table {
        assert_eq!(class(status, "{}"), expected, "{status}");
    }
}

#[test]
fn a_code_tells_what_the_status_does_not() {
    use ErrorClass::{Content, Quota, RateLimit};
    let openai = |code: &str, kind: &str| {
        format!(r#"{{"error":{{"message":"m","type":"{kind}","param":null,"code":"{code}"}}}}"#)
    };
    let anthropic = |code: &str| {
        format!(
            r#"{{"type":"error","error":{{"type":"rate_limit_error","message":"m","details":{{"error_code":"{code}"}}}}}}"#
        )
    };
    assert_eq!(
        class(
            429,
            &openai("credit_balance_exhausted", "insufficient_quota")
        ),
        Quota
    );
    assert_eq!(
        class(429, &openai("rate_limit_exceeded", "requests")),
        RateLimit
    );
    assert_eq!(
        class(429, &anthropic("enforced_spend_limit_reached")),
        Quota
    );
    assert_eq!(class(400, &anthropic("spend_limit_reached")), Quota);
    assert_eq!(
        class(
            400,
            &openai("context_length_exceeded", "invalid_request_error")
        ),
        Content
    );
    assert_eq!(class(400, &openai("content_filter", "")), Content);
    let long = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#;
    assert_eq!(class(400, long), Content);
    let moderated = r#"{"error":{"code":403,"message":"Your input was flagged","metadata":{}}}"#;
    assert_eq!(class(403, moderated), Content);
}

#[test]
fn every_shape_of_body_gives_a_message() {
    let message = |body: &str| classify(500, body).text;
    assert_eq!(
        message(r#"{"error":{"message":"a","code":500,"param":"None"}}"#),
        "a"
    );
    assert_eq!(
        message(r#"[{"error":{"message":"b","status":"INTERNAL"}}]"#),
        "b"
    );
    assert_eq!(message(r#"{"error":"c"}"#), "c");
    assert_eq!(message(r#"{"detail":"d"}"#), "d");
    assert_eq!(message(r#"{"message":"e"}"#), "e");
    assert_eq!(message(r#"{"odd":1}"#), r#"{"odd":1}"#);
    assert_eq!(message(""), "an empty body");
    assert_eq!(message("upstream\n  died"), "upstream died");
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    assert_eq!(message(page), "an HTML page: 502 Bad Gateway");
    assert_eq!(message(&"x".repeat(999)).len(), LONGEST_TEXT + 3);
}

#[test]
fn gateways_are_understood_by_their_words() {
    use ErrorClass::{Auth, NotFound, Quota};
    let said = |status: u16, text: &str| {
        let body = serde_json::json!({"error": {"message": text, "code": status.to_string()}});
        class(status, &body.to_string())
    };
    assert_eq!(said(400, "No connected db."), Auth);
    let model =
        "{'error': '/chat/completions: Invalid model name passed in model=x. Call `/v1/models`'}";
    assert_eq!(said(400, model), NotFound);
    let spent = "litellm.RateLimitError: OpenAIException - You exceeded your current quota, please check your plan and billing details.";
    assert_eq!(said(429, spent), Quota);
    assert_eq!(
        said(429, "Rate limit reached for requests"),
        ErrorClass::RateLimit
    );
    assert_eq!(
        said(500, "our billing service is down"),
        ErrorClass::Provider
    );
}

#[test]
fn lists_of_mistakes_reach_the_message() {
    let prism = r#"{"type":"https://x/UNPROCESSABLE_ENTITY","title":"Invalid request","status":422,"detail":"Your request is not valid",
        "validation":[{"location":["body","temperature"],"severity":"Error","code":"type","message":"must be number"}]}"#;
    assert_eq!(
        classify(422, prism).text,
        "Your request is not valid (body.temperature: must be number)"
    );
    let fastapi =
        r#"{"detail":[{"loc":["body","messages",0],"msg":"field required","type":"missing"}]}"#;
    assert_eq!(
        classify(422, fastapi).text,
        "body.messages.0: field required"
    );
}

#[test]
fn an_error_in_a_successful_body_is_found() {
    let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let limited = embedded(&body(r#"{"error":{"code":429,"message":"slow"}}"#)).unwrap();
    assert_eq!(
        (limited.class, limited.text.as_str()),
        (ErrorClass::RateLimit, "slow")
    );
    let failed = embedded(&body(r#"{"error":{"code":"server_error","message":"x"}}"#));
    assert_eq!(failed.unwrap().class, ErrorClass::Provider);
    assert!(embedded(&body(r#"{"error":null,"choices":[]}"#)).is_none());
}

#[test]
fn a_refused_sampling_parameter_gets_a_hint() {
    let hint = |body: &str| classify(400, body).hint.unwrap_or_default();
    let openai = r#"{"error":{"message":"Unsupported value","param":"temperature","code":"unsupported_value"}}"#;
    assert!(hint(openai).contains("remove `temperature`"));
    let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error","message":"top_p: Extra inputs are not permitted"}}"#;
    assert!(hint(anthropic).contains("remove `top_p`"));
    assert_eq!(hint(r#"{"error":{"message":"no such field"}}"#), "");
}
