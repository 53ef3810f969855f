-- Null where nothing has changed since the token was made.
alter table developer_clients add column updated_at bigint;
alter table developer_clients add column issued_at bigint;
