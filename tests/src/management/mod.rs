mod clients;
mod description;
mod python_client;
