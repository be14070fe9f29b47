<?php
require __DIR__ . '/../vendor/autoload.php';
echo Acme\Greeting::text();
