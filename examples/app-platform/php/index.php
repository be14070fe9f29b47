<?php
$name = htmlspecialchars($_GET['name'] ?? 'php');
echo "hello from {$name}, edition 1";
