-- What calls with an `Idempotency-Key` were answered with, for as long as a repetition gets the same
-- answer. `body` is sealed, and null where it is too large to be kept; there is no token in it.
create table idempotency_keys (
    developer_client_id bigint not null references developer_clients (id) on delete cascade,
    name text not null,
    fingerprint text not null,
    status bigint not null,
    body text,
    created_at bigint not null,
    primary key (developer_client_id, name)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
create index idempotency_keys_by_client on idempotency_keys (developer_client_id, created_at);
