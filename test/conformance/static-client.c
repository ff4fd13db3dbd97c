/* static-client HOST PORT: sends a byte to an IPv4 address and exits 0 where it comes back. Linked statically, so that nothing is loaded into it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  char byte = 'x';
  if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) return 2;
  to.sin_port = htons((unsigned short)atoi(argv[2]));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) return 3;
  if (write(fd, &byte, 1) != 1 || shutdown(fd, SHUT_WR) != 0) return 4;
  byte = 0;
  return read(fd, &byte, 1) == 1 && byte == 'x' ? 0 : 5;
}
