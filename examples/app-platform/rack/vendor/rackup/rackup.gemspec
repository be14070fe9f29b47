Gem::Specification.new do |spec|
  spec.name = 'rackup'
  spec.version = '1.0.0'
  spec.summary = 'The part of Rack that this example needs'
  spec.author = 'Acme'
  spec.bindir = 'exe'
  spec.executables = ['rackup']
  spec.files = ['exe/rackup']
end
