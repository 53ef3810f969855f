//! The sample backend: a small shop behind a real socket, reached as any backend is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawPathParams, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::listen;

/// How many orders it remembers.
const ORDERS_MAX: usize = 1000;

/// A backend that runs until it is stopped.
pub(super) struct Backend {
    pub(super) url: String,
    stop: watch::Sender<bool>,
}

impl Backend {
    pub(super) fn stop(self) {
        self.stop.send_replace(true);
    }
}

/// Starts the backend on a free port of the loopback address.
pub(super) async fn start() -> Result<Backend> {
    let listener = listen::bind("the sample backend", "-", ([127, 0, 0, 1], 0).into(), None, false)?;
    let url = listener.url()?;
    let stop = watch::Sender::new(false);
    tokio::spawn(listen::serve(listener, router(), stop.subscribe()));
    Ok(Backend { url, stop })
}

#[derive(Clone, Default)]
struct Shop {
    orders: Arc<Mutex<Orders>>,
}

#[derive(Default)]
struct Orders {
    last_id: u64,
    latest: VecDeque<Value>,
}

fn router() -> Router {
    Router::new()
        .route("/products", get(products))
        .route("/products/{id}", get(product))
        .route("/orders", get(orders).post(order))
        .fallback(|| async { problem(StatusCode::NOT_FOUND, "there is nothing here") })
        .with_state(Shop::default())
}

fn catalog() -> [Value; 4] {
    let product = |id: u64, name: &str, price: &str, stock: u64| json!({ "id": id, "name": name, "price": price, "currency": "EUR", "in_stock": stock });
    [
        product(1, "Oak desk", "349.00", 12),
        product(2, "Desk lamp", "59.90", 140),
        product(3, "Office chair", "229.00", 31),
        product(4, "Bookshelf", "119.50", 0),
    ]
}

/// `GET /products?q=`
async fn products(RawQuery(query): RawQuery) -> Response {
    let wanted = query.as_deref().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("q=")));
    let wanted = wanted.unwrap_or_default().to_lowercase();
    let matches =
        |product: &Value| product["name"].as_str().is_some_and(|name| name.to_lowercase().contains(&wanted));
    let found: Vec<Value> = catalog().into_iter().filter(matches).collect();
    answer(StatusCode::OK, &json!({ "products": found }))
}

/// `GET /products/{id}`
async fn product(parameters: RawPathParams) -> Response {
    let id = parameters
        .iter()
        .find_map(|(name, value)| if name == "id" { value.parse::<u64>().ok() } else { None });
    match catalog().into_iter().find(|product| product["id"].as_u64() == id) {
        Some(product) => answer(StatusCode::OK, &product),
        None => problem(StatusCode::NOT_FOUND, "there is no such product"),
    }
}

/// `GET /orders`
async fn orders(State(shop): State<Shop>) -> Response {
    let orders = shop.orders.lock().unwrap_or_else(PoisonError::into_inner);
    answer(StatusCode::OK, &json!({ "orders": orders.latest }))
}

/// `POST /orders`
async fn order(State(shop): State<Shop>, body: Bytes) -> Response {
    let given: Value = serde_json::from_slice(&body).unwrap_or_default();
    let product = given["product_id"].as_u64().filter(|id| (1..=4).contains(id));
    let Some(product) = product else {
        return problem(StatusCode::BAD_REQUEST, "product_id must be the id of a product");
    };
    let quantity = given["quantity"].as_u64().unwrap_or(1);
    let mut orders = shop.orders.lock().unwrap_or_else(PoisonError::into_inner);
    orders.last_id += 1;
    let order =
        json!({ "id": orders.last_id, "product_id": product, "quantity": quantity, "state": "received" });
    if orders.latest.len() == ORDERS_MAX {
        orders.latest.pop_front();
    }
    orders.latest.push_back(order.clone());
    answer(StatusCode::CREATED, &order)
}

fn problem(status: StatusCode, text: &str) -> Response {
    answer(status, &json!({ "error": text }))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
