run ->(_) { [200, { 'content-type' => 'text/plain' }, ["hello from rack, edition 1, in #{ENV.fetch('RACK_ENV')}"]] }
