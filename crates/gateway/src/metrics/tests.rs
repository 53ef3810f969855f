use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::*;

#[test]
fn threads_are_added_up_and_told_apart_where_it_matters() {
    let cores: Vec<_> = (0..2).map(|_| (Arc::new(Figures::default()), Arc::new(Queue::new(8)))).collect();
    for (figures, _) in &cores {
        figures.answered(Some(StatusCode::NOT_FOUND));
        figures.refused(&Refusal::UnknownPath);
        figures.connections.add(3);
        figures.durations.record(1500);
    }
    cores[0].0.answered(None);
    cores[0].0.refused(&Refusal::UpstreamFailed(UpstreamFault::Connect));
    cores[0].0.connections.sub(1);

    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape { gate: Gate::new(), cores }));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        r#"portico_gateway_calls_total{status="4xx"} 2"#,
        r#"portico_gateway_calls_total{status="none"} 1"#,
        r#"portico_gateway_refusals_total{code="4041"} 2"#,
        r#"portico_gateway_refusals_total{code="5021"} 1"#,
        r#"portico_gateway_upstream_errors_total{kind="connect"} 1"#,
        r#"portico_gateway_connections{core="0"} 2"#,
        r#"portico_gateway_connections{core="1"} 3"#,
        r#"portico_gateway_log_queue_capacity{core="1"} 8"#,
        "portico_gateway_call_duration_seconds_count 2",
        r#"portico_gateway_call_duration_seconds_bucket{le="+Inf"} 2"#,
        "portico_gateway_ready 0",
        "portico_gateway_keys 0",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
}
