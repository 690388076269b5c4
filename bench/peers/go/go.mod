module favo.dev/bench

go 1.20
