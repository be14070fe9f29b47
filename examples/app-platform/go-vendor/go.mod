module github.com/acme/go-vendor

go 1.19

require github.com/acme/greeting v1.0.0
