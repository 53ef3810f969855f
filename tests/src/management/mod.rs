mod clients;
mod python_client;
