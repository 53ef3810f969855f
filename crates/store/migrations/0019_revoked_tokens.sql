-- Access tokens that ended before their time. A row is forgotten when the token is over anyway.
create table revoked_tokens (
    id bigint primary key,
    digest text not null unique,
    expires_at bigint not null
);
create index revoked_tokens_by_end on revoked_tokens (expires_at);

insert into id_counters (name, value) values ('revocation', 0);
