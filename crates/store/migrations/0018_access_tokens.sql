-- Raised when all tokens that were made with a key are to end: it was disabled or refreshed.
alter table api_keys add column generation bigint not null default 0;
-- The token before the last refresh, and until when it works beside the present one.
alter table api_keys add column former_digest text;
alter table api_keys add column former_until bigint;
