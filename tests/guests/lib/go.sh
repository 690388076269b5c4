# Go guests. Sourced.
