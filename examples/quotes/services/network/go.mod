module favo.dev/quotes/network

go 1.20
