<?php
require __DIR__ . '/../vendor/autoload.php';
file_put_contents(__DIR__ . '/../built.txt', class_exists('Acme\Greeting') ? 'built' : 'broken');
