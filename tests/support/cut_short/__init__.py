"""Work cut short at a chosen point inside it: by kill -9, or by a disk that is full from there on.

A *call* is one request to the system that changes what is kept: a write, a rename, a deletion, a sync, a message to
PostgreSQL. `watched` begins a command in a process of its own and sees each of its calls before it is made (seccomp's
user notification, of Linux), so that it can count them, kill the process before the n-th, or refuse it and all later
ones. `works` has the works and how each is begun, `kept` what users can see of a home, and `trial` puts the three
together: begin, cut short, start again, compare, do the same again.
"""
