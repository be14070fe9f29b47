module github.com/acme/monorepo/migrate

go 1.19
