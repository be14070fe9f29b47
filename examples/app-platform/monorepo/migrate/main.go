package main

import "fmt"

func main() { fmt.Println("migrated to edition 1") }
