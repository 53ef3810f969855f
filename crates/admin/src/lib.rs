//! Pages for operators: collections, clients, requests, policies, people.
