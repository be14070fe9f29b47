<?php
namespace Acme;

class Greeting
{
    public static function text(): string
    {
        return 'hello from php-composer, edition 1, ' . file_get_contents(__DIR__ . '/../built.txt');
    }
}
