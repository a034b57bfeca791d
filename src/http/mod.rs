//! The service on a socket: accept loop, layers, routes, the wire's bodies per version, replies and problems.
