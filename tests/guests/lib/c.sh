# C guests. Sourced.
