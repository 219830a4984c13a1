"""Rules about Dockerfiles; one file per rule, its name is the rule's name."""
