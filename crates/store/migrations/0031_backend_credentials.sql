-- What the gateway proves itself with to the backend of a connection, sealed as a whole.
alter table connections add column credential text;
