process.stdout.write(await (await fetch(process.argv[2])).text());
